"""settle.sh: what was made from files that were only touched counts as new."""

import hashlib
import os
import subprocess
from pathlib import Path

import pytest

SETTLE = Path(__file__).parents[2] / "settle.sh"
DAY = 86_400


@pytest.fixture
def chain(tmp_path):
    """A folder with lists of a CSV file, a checkpoint of a list, its store, and its graph."""
    for day, name in enumerate(
        ("train.csv", "lists.inputs", "lists/clean.tsv", "lists/full.tsv", "runs/N.safetensors",
         "N/full.zarr/zarr.json", "N/full.zarr", "N/graph.zarr/zarr.json", "N/graph.zarr"),
        start=1,
    ):  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.write_text(name)
        os.utime(path, (day * DAY, day * DAY))
    note(tmp_path, "lists", "train.csv")
    os.utime(tmp_path / "lists.inputs", (2 * DAY, 2 * DAY))
    note(tmp_path, "runs/N.safetensors", "lists/clean.tsv")
    note(tmp_path, "N/full.zarr", "lists/full.tsv", "runs/N.safetensors")
    note(tmp_path, "N/graph.zarr", "N/full.zarr/zarr.json")
    return tmp_path


def note(folder: Path, made: str, *inputs: str) -> None:
    """Note the contents of inputs as sha256sum does."""
    lines = [f"{hashlib.sha256((folder / i).read_bytes()).hexdigest()}  {i}\n" for i in inputs]
    (folder / f"{made}.inputs").write_text("".join(lines))


def touched_by_settling(folder: Path, *official: str) -> set[str]:
    """Run the script; return what it touched."""
    before = times(folder)
    subprocess.run([SETTLE, *(official or ["train.csv"])], cwd=folder, check=True, timeout=20)
    return {name for name, time in times(folder).items() if time != before[name]}


def times(folder: Path) -> dict[str, float]:
    return {str(path.relative_to(folder)): path.stat().st_mtime for path in folder.rglob("*")}


LATER = {"runs/N.safetensors", "N/full.zarr", "N/graph.zarr"}


def test_all_that_follows_a_touched_file_is_touched(chain):
    (chain / "lists/clean.tsv").touch()
    assert touched_by_settling(chain) == LATER


def test_the_lists_of_touched_official_files_are_touched_and_what_follows(chain):
    (chain / "train.csv").touch()
    lists = {"lists.inputs", "lists/clean.tsv", "lists/full.tsv"}
    assert touched_by_settling(chain) == lists | LATER


def test_what_follows_a_changed_file_is_left(chain):
    (chain / "lists/clean.tsv").write_text("changed")
    assert touched_by_settling(chain) == set()
    (chain / "train.csv").write_text("changed")
    assert touched_by_settling(chain) == set()


def test_a_changed_file_among_touched_ones_is_a_change(chain):
    (chain / "lists/full.tsv").write_text("changed")
    (chain / "lists/clean.tsv").touch()
    assert touched_by_settling(chain) == {"runs/N.safetensors"}


def test_another_official_file_is_a_change_of_the_lists(chain):
    (chain / "train.csv").touch()
    assert touched_by_settling(chain, "train.csv", "index.csv") == set()


def test_nothing_newer_is_nothing_to_do(chain):
    assert touched_by_settling(chain) == set()


def test_an_input_of_the_future_ends_and_leaves_the_rest(chain):
    os.utime(chain / "runs/N.safetensors", (90_000 * DAY, 90_000 * DAY))
    assert touched_by_settling(chain) == {"N/full.zarr", "N/graph.zarr"}


def test_an_input_that_is_gone_is_a_change(chain):
    (chain / "lists/full.tsv").unlink()
    (chain / "runs/N.safetensors").touch()
    assert touched_by_settling(chain) == set()
