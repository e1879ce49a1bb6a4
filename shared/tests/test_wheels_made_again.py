"""`make wheels`: built again only after a change of what they are made from."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

MAKEFILE = Path(__file__).parents[2] / "Makefile"
STUB = """#!/usr/bin/env bash
# Stands for uv and uvx: notes each build.
if [ "$1" = build ]; then mkdir -p dist; touch dist/a-1-py3-none-any.whl; echo build >> builds; fi
"""
PAST, LATER = (0, 0), (86_400, 86_400)


@pytest.fixture
def builds(tmp_path):
    """A repository of one package; the function makes its wheels, and counts builds so far."""
    shutil.copy(MAKEFILE, tmp_path)
    for name in ("pyproject.toml", "member/pyproject.toml", "member/src/a.py", "member/src/b.html"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        os.utime(path, PAST)
    for name in ("uv", "uvx"):
        program = tmp_path / ".venv/bin" / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(STUB)
        program.chmod(0o755)

    def make() -> int:
        command = ["make", "--old-file=.venv/installed", "wheels", "MEMBERS=member"]
        subprocess.run(
            command, cwd=tmp_path, env={**os.environ, "MAKEFLAGS": "", "MAKELEVEL": ""}, check=True
        )
        os.utime(tmp_path / "dist/made-from", LATER)
        return (tmp_path / "builds").read_text().count("build\n")

    assert make() == 1
    return tmp_path, make


def test_nothing_is_built_twice(builds):
    folder, make = builds
    assert make() == 1
    (folder / "member/src/__pycache__").mkdir()
    (folder / "member/src/__pycache__/a.cpython-311.pyc").touch()
    assert make() == 1


@pytest.mark.parametrize("name", ["pyproject.toml", "member/pyproject.toml", "member/src/b.html"])
def test_a_change_builds_again(builds, name):
    folder, make = builds
    os.utime(folder / name)
    assert make() == 2
    os.utime(folder / name, PAST)
    assert make() == 2


def test_a_file_that_comes_or_goes_builds_again(builds):
    folder, make = builds
    (folder / "member/src/c.py").touch()
    assert make() == 2
    os.utime(folder / "member/src/c.py", PAST)
    (folder / "member/src/a.py").unlink()
    assert make() == 3
    shutil.rmtree(folder / "dist")
    assert make() == 4
    assert make() == 4
