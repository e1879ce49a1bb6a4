"""A store is made again for other contents of its inputs, not for newer ones."""

import os
import subprocess

import pytest

from .rules import ENVIRONMENT, RULES, newer, official

STUB = """#!/usr/bin/env bash
# Stands for gld-embed: leaves a store that is there as it is.
store=${!#}
if [ -e "$store.partial" ]; then mv "$store.partial" "$store"; fi
mkdir -p "$store"
touch "$store/zarr.json"
"""


@pytest.fixture
def embedding(tmp_path):
    """A folder with a store that a stub of gld-embed has made; the function makes it again."""
    arguments = official(tmp_path)
    work, program = tmp_path / "work", tmp_path / "bin/gld-embed"
    for file in (program, work / "kaggle-lists/test.tsv", work / "runs/R50_256.safetensors"):
        file.parent.mkdir(exist_ok=True)
        file.write_text("first\n")
    program.write_text(STUB)
    program.chmod(0o755)

    def make(*options: str) -> int:
        path = f"{program.parent}:{os.environ['PATH']}"
        command = ["make", "-f", RULES, *arguments, *options, "R50_256/queries.zarr"]
        return subprocess.run(command, cwd=work, env={**ENVIRONMENT, "PATH": path}).returncode

    assert make() == 0
    (work / "R50_256/queries.zarr/mark").touch()
    return work, make


@pytest.mark.parametrize("name", ["kaggle-lists/test.tsv", "runs/R50_256.safetensors"])
@pytest.mark.parametrize("suffix", ["", ".partial"])
def test_a_store_is_made_again_only_for_other_contents(embedding, name, suffix):
    work, make = embedding
    store, begun = work / "R50_256/queries.zarr", work / f"R50_256/queries.zarr{suffix}"
    store.rename(begun)
    newer(work / name)
    assert make() == 0
    assert (store / "mark").exists(), "the contents are the same"
    store.rename(begun)
    newer(work / name, "second\n")
    assert make() == 0
    assert not (store / "mark").exists()


def test_a_store_whose_inputs_are_newer_is_due_only_for_other_contents(embedding):
    work, make = embedding
    store = work / "R50_256/queries.zarr"
    os.utime(store, (0, 0))
    assert make("--question") == 0, "the contents are those that are noted"
    assert store.stat().st_mtime > 0
    os.utime(store, (0, 0))
    (work / "kaggle-lists/test.tsv").write_text("second\n")
    assert make("--question") == 1
    assert make() == 0
    assert make("--question") == 0
