"""``make photos``: a page about a folder of photographs; what has changed is made again.

The fast tests put scripts that only note their arguments in the place of the commands that compute.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from gld_shared.testing import small_image

ROOT = Path(__file__).parents[2]
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
    for name in ("gld-embed", "gld-search", "gld-eval"):
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


class Rules:
    """The rules of photos.mk, run in the folder of a page with the given commands."""

    def __init__(self, page: Path, commands: Path) -> None:
        self.unreadable = "#{}\nid\tpath\treason"
        self.page, self.notes = page, page / "notes"
        self._path = f"{commands}:{os.environ['PATH']}"
        page.mkdir()

    def make(self, photos: Path, *variables: str) -> subprocess.CompletedProcess[str]:
        """Make the page of the photographs."""
        self.notes.write_text("")
        return subprocess.run(
            ["make", "--silent", "-C", self.page, "-f", ROOT / "photos.mk", f"DIR={photos}",
             *variables],
            env={**os.environ, "PATH": self._path, "NOTES": str(self.notes),
                 "UNREADABLE": self.unreadable},
            capture_output=True,
            text=True,
        )  # fmt: skip

    def commands(self, photos: Path, *variables: str) -> list[str]:
        """Make the page; return the names of the commands that ran."""
        done = self.make(photos, *variables)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == f"look at {self.page}/photos.html\n"
        return [line for line in self.notes.read_text().split("\n") if line.startswith("gld-")]


ALL = ["gld-embed", "gld-search", "gld-eval"]


@pytest.fixture
def rules(tmp_path, commands):
    """The rules with stand-ins for the commands."""
    return Rules(tmp_path / "page", commands)


def test_without_a_change_nothing_is_made_again(rules, photos):
    assert rules.commands(photos) == ALL
    assert rules.commands(photos) == []


def test_a_photograph_added_removed_or_replaced_makes_all_again(rules, photos):
    rules.commands(photos)
    small_image(photos / "d.jpg", 4)
    assert rules.commands(photos) == ALL
    (photos / "d.jpg").unlink()
    assert rules.commands(photos) == ALL
    small_image(photos / "b.jpg", 5)
    assert rules.commands(photos) == ALL
    # An edit that keeps the time, as copying with cp -p does.
    before = (photos / "b.jpg").stat()
    (photos / "b.jpg").write_bytes(b"other")
    os.utime(photos / "b.jpg", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert rules.commands(photos) == ALL
    (photos / "notes.txt").write_text("no photograph")
    assert rules.commands(photos) == []


def test_a_link_counts_as_the_file_that_it_leads_to(rules, photos, tmp_path):
    small_image(tmp_path / "elsewhere.jpg", 4)
    (photos / "link.jpg").symlink_to(tmp_path / "elsewhere.jpg")
    rules.commands(photos)
    small_image(tmp_path / "elsewhere.jpg", 5)
    assert rules.commands(photos) == ALL


def test_another_network_makes_all_again_and_removes_what_the_first_left(rules, photos):
    rules.commands(photos, "C=pixels:8")
    partial = rules.page / "photos.zarr.partial"
    partial.mkdir()
    assert rules.commands(photos, "C=pixels:8") == []
    assert partial.exists(), "an interrupted run is resumed"
    assert rules.commands(photos, "C=pixels:4") == ALL
    assert not partial.exists()


def test_a_checkpoint_that_was_trained_again_makes_all_again(rules, photos, tmp_path):
    checkpoint = tmp_path / "my network.safetensors"
    checkpoint.write_text("first")
    assert rules.commands(photos, f"C={checkpoint}") == ALL
    assert rules.commands(photos, f"C={checkpoint}") == []
    checkpoint.write_text("second")
    assert rules.commands(photos, f"C={checkpoint}") == ALL


def test_another_number_of_neighbours_is_searched_again(rules, photos):
    rules.commands(photos)
    assert rules.commands(photos, "K=2") == ["gld-search", "gld-eval"]
    assert rules.commands(photos, "K=2") == []


def test_the_page_shows_as_many_photographs_as_asked_for(rules, photos):
    look = f"look at {rules.page}/photos.html\n"
    assert rules.make(photos).stdout == look
    assert "--show\n100000\n" in rules.notes.read_text()
    done = rules.make(photos, "SHOW=2")
    assert done.stdout == f"{look}it shows 2 of 3 photographs; SHOW=3 shows all\n"
    assert rules.notes.read_text().startswith("gld-eval\nalike.tsv\n--images\n")
    assert "--show\n2\n" in rules.notes.read_text()
    assert rules.make(photos, "SHOW=3").stdout == look


def test_photographs_that_could_not_be_read_are_counted(rules, photos):
    rules.unreadable += "\na\ta.jpg\tcut short"
    counted = f"could not be read: 1, see {rules.page}/photos.unreadable.tsv\n"
    look = f"look at {rules.page}/photos.html\n"
    assert rules.make(photos, "SHOW=2").stdout == look + counted
    assert rules.make(photos, "SHOW=2").stdout == look + counted, "also if nothing is made again"


@pytest.mark.parametrize("name", ["quote's", 'double "quotes"', "50% & more; #1", "back\\slash"])
def test_names_of_folders_reach_the_commands_unchanged(rules, tmp_path, name):
    folder = tmp_path / name
    for number in range(2):
        small_image(folder / f"{name}{number}.jpg", number)
    assert rules.commands(folder) == ALL
    assert rules.notes.read_text().split("\n").count(str(folder)) == 2, "--images of two commands"
    assert rules.commands(folder) == []


@pytest.mark.slow
def test_the_page_shows_photographs_that_were_added(photos, tmp_path):
    (photos / "broken.jpg").write_text("no image")
    rules = Rules(tmp_path / "page", Path(sys.executable).parent)
    assert "photos.zarr" in rules.make(photos, "C=pixels:8").stdout
    first = (rules.page / "photos.html").read_text()
    assert "UklGR" in first, "base64 of RIFF, as which a WebP begins"
    assert "broken" in (rules.page / "photos.unreadable.tsv").read_text()

    assert "photos.zarr" not in rules.make(photos, "C=pixels:8").stdout

    small_image(photos / "another.jpg", 3)
    assert "photos.zarr" in rules.make(photos, "C=pixels:8").stdout
    assert "another" in (rules.page / "photos.html").read_text()
    assert "another" not in first


def test_the_folder_must_be_named():
    done = subprocess.run(
        ["make", "-n", "-f", ROOT / "photos.mk"], capture_output=True, text=True, cwd=ROOT / "docs"
    )
    assert "name the folder of the photographs: make photos DIR=my/photos" in done.stderr
