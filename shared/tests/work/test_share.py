"""One process's share of an output, and what killed processes leave beside it."""

import shutil
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from gld_shared.errors import DataError
from gld_shared.store.spec import store_settings
from gld_shared.work.claims import Claims
from gld_shared.work.leftovers import remove_leftovers
from gld_shared.work.share import do_share
from gld_shared.work.shared_output import sharing
from gld_shared.work.work_folder import work_folder


@dataclass
class Squares:
    """An output of ten rows in chunks of four, each a file in a folder."""

    path: Path
    chunks: int = 3

    @property
    def partial(self):
        return self.path.with_name(f"{self.path.name}.partial")

    def begin(self):
        self.partial.mkdir(exist_ok=True)
        return self

    @property
    def finished(self):
        return self.path.exists()

    def rows_of(self, chunk):
        return range(4 * chunk, min(4 * chunk + 4, 10))

    def has_chunk(self, chunk):
        return (self.partial / str(chunk)).exists() or self.finished

    def exists(self):
        return self.partial.exists()

    def remove(self):
        shutil.rmtree(self.partial)

    def finish(self):
        self.partial.rename(self.path)


@pytest.fixture
def squares(tmp_path):
    return Squares(tmp_path / "squares")


def write(output, unit):
    text = " ".join(str(row * row) for row in unit.rows)
    (output.partial / str(unit.number)).write_text(text)


def test_all_units_are_made_and_the_output_is_finished(squares, tmp_path):
    do_share(sharing(squares.path, squares.begin), write)
    assert [file.name for file in tmp_path.iterdir()] == ["squares"]
    texts = [(squares.path / str(chunk)).read_text() for chunk in range(3)]
    assert texts == ["0 1 4 9", "16 25 36 49", "64 81"]


def test_an_interrupted_share_is_resumed(squares):
    made, reported = [], []

    def fail_at_the_last(output, unit):
        if unit.number == 2:
            raise DataError("the disk is full")
        write(output, unit)

    def note(output, unit):
        made.append(unit.number)
        write(output, unit)

    with pytest.raises(DataError):
        do_share(sharing(squares.path, squares.begin), fail_at_the_last)
    do_share(sharing(squares.path, squares.begin), note, lambda count: reported.append(count))
    assert (made, reported, squares.finished) == ([2], [4, 4], True)


def test_a_finished_output_is_left_as_it_is(squares):
    do_share(sharing(squares.path, squares.begin), write)
    do_share(sharing(squares.path, lambda: squares), lambda *_: pytest.fail("made again"))


def test_leftovers_of_a_finished_output_are_removed(tmp_path):
    output, copy = tmp_path / "x.zarr", tmp_path / "x.zarr.kept"
    for name in (
        "x.zarr",
        "x.zarr.kept",
        "x.zarr.partial",
        "x.zarr.work",
        ".x.zarr.partial.1f3a92c0",
    ):
        (tmp_path / name).mkdir()
    remove_leftovers(output, store_settings, copy)
    assert [file.name for file in tmp_path.iterdir()] == ["x.zarr"]


def test_folders_that_gld_has_not_made_are_kept(tmp_path):
    output, copy = tmp_path / "x.zarr", tmp_path / "x.zarr.kept"
    for folder in (output, copy, tmp_path / "x.zarr.partial", work_folder(output)):
        folder.mkdir()
        (folder / "notes.txt").write_text("mine")
    (copy / "zarr.json").write_text('{"attributes": {"format": "another"}}')
    remove_leftovers(output, store_settings, copy)
    assert len(list(tmp_path.glob("*/notes.txt"))) == 4


def test_leftovers_are_kept_while_a_process_works(tmp_path, monkeypatch):
    output = tmp_path / "x.zarr"
    for folder in (output, tmp_path / "x.zarr.partial", work_folder(output)):
        folder.mkdir()
    monkeypatch.setattr(Claims, "end_sharing", lambda _: False)
    with closing(Claims(work_folder(output) / "claims")):
        remove_leftovers(output, store_settings)
    assert (tmp_path / "x.zarr.partial").exists()
