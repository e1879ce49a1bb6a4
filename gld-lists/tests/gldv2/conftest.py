"""The reference tree of official files."""

import shutil
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parents[1] / "fixtures" / "golden"


@pytest.fixture
def tree(tmp_path):
    """Copy the reference tree, with the country files in their place."""
    raw = tmp_path / "raw"
    shutil.copytree(GOLDEN / "tree" / "gld", raw)
    shutil.copytree(GOLDEN / "tree" / "country_info", raw / "country_info")
    return raw
