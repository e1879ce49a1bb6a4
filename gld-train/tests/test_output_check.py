"""A training whose output cannot be written, or that fails before its first step."""

from collections import namedtuple
from fnmatch import fnmatch

import pytest
from gld_shared.testing import run
from gld_train import output_check

Usage = namedtuple("Usage", "total used free")


def names(folder):
    return sorted(path.name for path in folder.iterdir() if path.suffix != ".png")


@pytest.mark.parametrize(
    ("output", "line"),
    [
        ("list.tsv/m.safetensors", "*/list.tsv/m.run: cannot be made: Not a directory"),
        ("x" * 240 + ".safetensors",
         "*xxx.safetensors: cannot be written: File name too long; choose another output"),
    ],
)  # fmt: skip
def test_an_output_that_cannot_be_written_is_refused_before_training(job, tmp_path, output, line):
    result = run([*job, "-o", tmp_path / output])
    assert result.exit_code == 1
    assert fnmatch(result.stderr, f"Error: {line}\n"), result.stderr
    assert names(tmp_path) == ["list.tsv", "run.toml"]


def test_a_full_disk_is_refused_before_training(job, tmp_path, monkeypatch):
    monkeypatch.setattr(output_check.shutil, "disk_usage", lambda path: Usage(10, 10, 2000))
    result = run([*job, "-o", tmp_path / "m.safetensors"])
    assert (result.exit_code, result.stderr) == (
        1,
        f"Error: {tmp_path}/m.safetensors: 0 MB free, expected 2 MB for checkpoint and class "
        "vectors; make room, or choose another output\n",
    )
    assert names(tmp_path) == ["list.tsv", "run.toml"]


@pytest.mark.parametrize("options", [["--set", "model.weights=none.pth"], ["--resume"]])
def test_a_training_that_never_began_leaves_nothing(job, tmp_path, options):
    assert run([*job, "-o", tmp_path / "m.safetensors", *options]).exit_code == 1
    assert names(tmp_path) == ["list.tsv", "run.toml"]


def test_what_another_run_left_stays(job, tmp_path):
    output = tmp_path / "m.safetensors"
    assert run([*job, "-o", output]).exit_code == 0
    before = names(tmp_path / "m.run")
    failing = ["--overwrite", "--set", "model.weights=none.pth"]
    assert run([*job, "-o", output, *failing]).exit_code == 1
    assert names(tmp_path / "m.run") == before
