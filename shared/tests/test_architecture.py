"""The names in docs/ARCHITECTURE.md, and in docs/extending.md, exist."""

import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = "shared/docs/ARCHITECTURE.md", "docs/extending.md"
TEXT = "".join((ROOT / page).read_text() for page in PAGES)


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(gld_[a-z_]+(?:\.\w+)+)`", TEXT))))
def test_a_name_on_the_pages_exists(name):
    module, _, attribute = name.rpartition(".")
    found = getattr(importlib.import_module(module), attribute, None)
    assert found is not None or importlib.import_module(name)


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:gld-\w+|shared)/[\w/.-]+)`", TEXT))))
def test_a_path_on_the_pages_exists(path):
    assert (ROOT / path).exists()
