"""A folder of photographs, and scripts that only note their arguments in place of slow commands."""

import pytest
from gld_shared.testing import small_image

from .rules import COMPUTING, Rules, Target

LISTED = ["a.jpg", "b.jpg", "c.jpg"]
# Notes its name and arguments, one a line; its last argument is the output.
NOTING = """#!/bin/bash
printf '%s\\n' "${0##*/}" "$@" >> "$NOTES"
echo made > "${!#}"
[ "${0##*/}" != gld-embed ] || echo "$UNREADABLE" > photos.unreadable.tsv
"""
LISTING = """#!/bin/bash
(printf '#{}\\nid\\tpath\\n'; cd "$2"; find . -name '*.jpg' -printf '%f\\t%P\\n' | sort) > "${!#}"
"""


@pytest.fixture
def commands(tmp_path):
    """A folder of stand-ins for the commands."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in COMPUTING:
        (folder / name).write_text(NOTING)
    (folder / "gld-lists").write_text(LISTING)
    for script in folder.iterdir():
        script.chmod(0o755)
    return folder


@pytest.fixture
def photos(tmp_path):
    """A folder of photographs, whose name has a space."""
    folder = tmp_path / "my photos"
    for seed, name in enumerate(LISTED):
        small_image(folder / name, seed)
    return folder


@pytest.fixture
def rules(tmp_path, commands):
    """The rules with stand-ins for the commands."""
    return Rules(tmp_path / "page", commands)


@pytest.fixture
def target(commands, tmp_path):
    """The target with stand-ins for the commands."""
    return Target(commands, tmp_path / "notes")
