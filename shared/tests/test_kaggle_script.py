"""kaggle/submit.sh: what it says before it embeds anything."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "kaggle/submit.sh"
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
# Without gld's commands, which are beside Python.
SYSTEM = "/usr/bin:/bin"


@pytest.fixture
def kernel(tmp_path, monkeypatch):
    """Work in a kernel with a bundle and the competition, an image in each of its folders."""
    monkeypatch.chdir(tmp_path)
    Path("bundle").mkdir()
    Path("bundle/submit.sh").write_bytes(SCRIPT.read_bytes())
    Path("bundle/networks").write_text("SMALL\n")
    Path("bundle/python").write_text(f"{VERSION}\n")
    for name in ("test", "index"):
        Path("competition", name, "0").mkdir(parents=True)
        Path("competition", name, "0", f"{name}0.jpg").touch()
    Path("bin").mkdir()
    Path("bin/python3").symlink_to(sys.executable)
    return tmp_path


def add_command(name: str) -> None:
    """Put a command on the path that prints its arguments, and ends with 7."""
    path = Path("bin", name)
    path.write_text('#!/usr/bin/env bash\necho "${0##*/} $*"\nexit 7\n')
    path.chmod(0o755)


def submit(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "bundle/submit.sh", *arguments],
        env={**os.environ, "PATH": f"bin:{SYSTEM}"},
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("folder", ["", "no/such", "bundle", "competition/test"])
def test_another_folder_than_the_competitions_is_a_usage_error(kernel, folder):
    done = submit(*filter(None, [folder]))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"submit.sh FOLDER: '{folder}' is not the competition's folder, which holds test and "
        "index\n"
    )
    assert not list(kernel.glob("*.tsv"))


@pytest.mark.parametrize("name", ["test", "index"])
def test_a_folder_without_images_ends_before_anything_is_embedded(kernel, name):
    for command in ("gld-rerank", "gld-embed"):
        add_command(command)
    Path("competition", name, "0", f"{name}0.jpg").unlink()
    done = submit("competition")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "competition: no *.jpg in test or in index\n"


def test_images_of_linked_folders_are_listed(kernel):
    for command in ("gld-rerank", "gld-embed"):
        add_command(command)
    for name in ("test", "index"):
        Path("competition", name).rename(f"{name} elsewhere")
        Path("competition", name).symlink_to(kernel / f"{name} elsewhere")
    done = submit("competition")
    assert done.returncode == 7, "gld-embed ends so"
    assert done.stdout == (
        f"gld-embed queries.tsv -c {kernel}/bundle/runs/SMALL.safetensors --images competition "
        "--gpus 1 -o SMALL/queries.zarr\n"
    )
    assert Path("queries.tsv").read_text() == "id\tpath\ntest0\ttest/0/test0.jpg\n"
    assert Path("index.tsv").read_text() == "id\tpath\nindex0\tindex/0/index0.jpg\n"


def test_what_is_not_installed_is_said(kernel):
    done = submit("competition")
    assert done.returncode == 1
    assert done.stderr == (
        f"gld-rerank: not installed; pip install --no-index --find-links {kernel}/bundle/wheels "
        "gld-lists gld-embed gld-search gld-rerank\n"
    )
    assert not list(kernel.glob("*.tsv"))


def test_wheels_for_another_python_are_named_as_the_cause(kernel):
    Path("bundle/python").write_text("3.99\n")
    done = submit("competition")
    assert done.returncode == 1
    assert done.stderr == (
        f"gld-rerank: not installed, because the wheels in {kernel}/bundle are for Python 3.99, "
        f"and this is Python {VERSION}; in the repository, rm -r .venv && make kaggle-bundle "
        f"PYTHON=python{VERSION} collects wheels for it\n"
    )
