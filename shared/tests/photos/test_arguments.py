"""The names and numbers that ``make photos`` is given, and what it says of its page."""

import os
import subprocess
from pathlib import Path

import pytest
from gld_shared.testing import program, small_image

from .rules import COMPUTING, ENVIRONMENT, ROOT


@pytest.mark.parametrize("name", ["quote's", 'double "quotes"', "50% & more; #1", "back\\slash"])
def test_names_of_folders_reach_the_commands_unchanged(rules, tmp_path, name):
    folder = tmp_path / name
    for number in range(2):
        small_image(folder / f"{name}{number}.jpg", number)
    assert rules.commands(folder) == COMPUTING
    assert rules.notes.read_text().split("\n").count(str(folder)) == 2, "--images of two commands"
    assert rules.commands(folder) == []


@pytest.mark.parametrize("name", ["it's", "a$b", "$(K) c", 'd "e" #1 %20 ~f'])
def test_folders_of_photographs_and_of_the_page_have_any_name(target, tmp_path, name):
    photos, page = tmp_path / "photos" / name, tmp_path / "pages" / name
    small_image(photos / "a.jpg", 0)
    done = target.make(f"DIR={photos}", f"P={page}")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"look at {page}/photos.html\n"
    assert target.notes.read_text().split("\n").count(str(photos)) == 2


def test_a_checkpoint_may_be_named_relative_to_the_folder_of_make(target, photos, tmp_path):
    checkpoint = os.path.relpath(tmp_path / "my $network", ROOT)
    Path(ROOT, checkpoint).write_text("network")
    assert target.make(f"DIR={photos}", f"P={tmp_path / 'page'}", f"C={checkpoint}").returncode == 0
    assert f"-c\n{tmp_path}/my $network\n" in target.notes.read_text()
    target.notes.unlink()
    assert target.make(f"DIR={photos}", f"P={tmp_path / 'page'}", "C=pixels:8").returncode == 0
    assert "-c\npixels:8\n" in target.notes.read_text()


@pytest.mark.parametrize("missing", ["none", "none/such"])
def test_a_missing_folder_of_photographs_is_named(target, tmp_path, commands, missing):
    (commands / "gld-lists").unlink()
    (commands / "gld-lists").symlink_to(program("gld-lists"))
    page = tmp_path / "page"
    done = target.make(f"DIR={tmp_path / missing}", f"P={page}")
    assert done.stderr.splitlines()[0] == (
        f"Error: {tmp_path / missing}: not a folder; expected a folder of images"
    )
    assert not page.exists()


def test_a_dry_run_makes_no_folder(target, photos, tmp_path):
    done = target.make("-n", f"DIR={photos}", f"P={tmp_path / 'page'}")
    assert (done.returncode, done.stderr) == (0, "")
    assert "gld-embed photos.tsv" in done.stdout
    assert not (tmp_path / "page").exists()


@pytest.mark.parametrize("variable", ["K=no", "K=0", "SHOW=1.5", "SHOW="])
def test_a_mistyped_number_is_named_before_anything_is_embedded(rules, photos, variable):
    done = rules.make(photos, variable)
    name = variable.partition("=")[0]
    assert done.stderr.splitlines()[0] == f"{variable}: expected a number from 1"
    assert done.returncode == 2
    assert f"made-with/{name}]" in done.stderr
    assert rules.notes.read_text() == ""


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


def test_the_folder_must_be_named():
    done = subprocess.run(
        ["make", "-n", "-f", ROOT / "photos.mk"],
        env=ENVIRONMENT,
        cwd=ROOT / "docs",
        capture_output=True,
        text=True,
    )
    assert "name the folder of the photographs: make photos DIR=my/photos" in done.stderr
