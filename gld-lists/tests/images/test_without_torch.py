"""Commands that open images without torch, whose import takes five times as long as they do."""

import subprocess

import pytest
from gld_shared.testing import program, small_image

SCRIPT = """
import sys
sys.modules["torch"] = None
from gld_lists.cli import main
main(sys.argv[1:])
"""


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "list.tsv", "--images", "photos"],
        ["audit", "list.tsv", "other.tsv", "--images", "photos"],
        ["folder", "photos", "--skip-unreadable", "--dedup"],
    ],
)
def test_commands_without_torch(arguments, tmp_path, path_list):
    for number, name in enumerate(("a.jpg", "b.png", "c.webp")):
        small_image(tmp_path / "photos" / name, number)
    path_list(tmp_path / "list.tsv", "a.jpg", "b.png")
    path_list(tmp_path / "other.tsv", "c.webp")
    command = [program("python"), "-c", SCRIPT, *arguments]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
