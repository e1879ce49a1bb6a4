"""Joining the processes that make an output, and cleaning up after them."""

import shutil
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from gld_shared.errors import DataError, EmptyResult
from gld_shared.work import shared_output
from gld_shared.work.claims import Claims
from gld_shared.work.shared_output import sharing
from gld_shared.work.work_folder import work_folder


@dataclass
class Folder:
    """An output of one chunk, a file in a folder."""

    path: Path
    chunks: int = 1

    @classmethod
    def begin(cls, path):
        cls(path).partial.mkdir(exist_ok=True)
        return cls(path)

    @property
    def partial(self):
        return self.path.with_suffix(".partial")

    @property
    def finished(self):
        return self.path.exists()

    def rows_of(self, chunk):
        return range(1)

    def has_chunk(self, chunk):
        return (self.partial / "0").exists() or self.finished

    def exists(self):
        return self.partial.exists()

    def remove(self):
        shutil.rmtree(self.partial)

    def finish(self):
        (self.partial / "0").touch()
        self.partial.rename(self.path)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_finished_output_is_left_alone_in_its_folder(tmp_path):
    path = tmp_path / "x"
    with sharing(path, lambda: Folder.begin(path)) as (output, claims):
        assert claims.has_locks
        assert names(tmp_path) == ["x.partial", "x.work"]
        output.finish()
    assert names(tmp_path) == ["x"]


@pytest.mark.parametrize("written", [False, True])
def test_a_failure_removes_an_empty_output(tmp_path, written):
    path = tmp_path / "x"
    with pytest.raises(DataError), sharing(path, lambda: Folder.begin(path)) as (output, _):
        if written:
            (output.partial / "0").touch()
        raise DataError("x")
    assert names(tmp_path) == (["x.partial"] if written else [])


def test_notes_of_an_unfinished_output_are_kept(tmp_path):
    path = tmp_path / "x"
    with pytest.raises(DataError), sharing(path, lambda: Folder.begin(path)):
        (work_folder(path) / "note").write_text("1")
        raise DataError("x")
    assert names(tmp_path) == ["x.work"]
    assert names(tmp_path / "x.work") == ["claims", "note"]


def test_an_output_that_cannot_be_begun_leaves_no_work_folder(tmp_path):
    def refuse():
        raise DataError("cannot be written")

    with pytest.raises(DataError), sharing(tmp_path / "x", refuse):
        pass
    assert names(tmp_path) == []


def test_claims_on_a_file_that_was_removed_are_not_current(tmp_path):
    file = tmp_path / "claims"
    with closing(Claims(file)) as claims:
        assert claims.are_current()
        file.unlink()
        assert not claims.are_current()
        file.touch()
        assert not claims.are_current()


def test_an_output_that_cannot_be_begun_leaves_a_finished_one_alone(tmp_path):
    path = tmp_path / "x"
    path.mkdir()

    def refuse():
        raise DataError("made with another list")

    with pytest.raises(DataError), sharing(path, refuse):
        pass
    assert names(tmp_path) == ["x"]


def test_a_work_folder_that_another_process_removes_is_made_again(tmp_path, monkeypatch):
    path = tmp_path / "x"

    def removed_first(file):
        monkeypatch.setattr(shared_output, "Claims", Claims)
        work_folder(path).rmdir()
        return Claims(file)

    monkeypatch.setattr(shared_output, "Claims", removed_first)
    with sharing(path, lambda: Folder.begin(path)) as (output, _):
        output.finish()
    assert names(tmp_path) == ["x"]


def refused(path):
    with pytest.raises(DataError) as caught, sharing(path, lambda: Folder.begin(path)):
        pass
    return str(caught.value)


@pytest.mark.parametrize("name", ["x.work", "x.work/notes", "linked/claims"])
def test_a_work_folder_of_somebody_else_is_kept(tmp_path, name):
    path, there = tmp_path / "x", tmp_path / name
    there.parent.mkdir(exist_ok=True)
    there.write_text("mine")
    if name.startswith("linked"):
        work_folder(path).symlink_to(there.parent)
    assert refused(path) == (
        f"{work_folder(path)}: exists and is no folder of gld's, which needs the name while it "
        f"makes {path}; move it away, or choose another output"
    )
    assert there.read_text() == "mine"
    assert not path.exists() and not path.with_suffix(".partial").exists()


def test_a_folder_that_does_not_exist(tmp_path):
    path = tmp_path / "none" / "x"
    assert refused(path) == (
        f"{path}: cannot be written: there is no folder {path.parent}; make it"
    )


def test_an_output_that_cannot_be_of_use_is_removed_with_its_notes(tmp_path):
    path = tmp_path / "x"
    with pytest.raises(EmptyResult), sharing(path, lambda: Folder.begin(path), "note-*") as shared:
        output, _ = shared
        (output.partial / "0").touch()
        (work_folder(path) / "note-1").write_text("about x")
        raise EmptyResult("no image can be read")
    assert names(tmp_path) == []


def test_notes_of_an_output_that_is_removed_are_removed_and_others_kept(tmp_path):
    path = tmp_path / "x"
    with pytest.raises(DataError), sharing(path, lambda: Folder.begin(path), "note-*"):
        (work_folder(path) / "note-1").write_text("about x")
        (work_folder(path) / "tar").write_text("about its sources")
        raise DataError("x")
    assert names(tmp_path / "x.work") == ["claims", "tar"]
