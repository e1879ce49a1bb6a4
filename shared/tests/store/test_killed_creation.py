"""Processes that are killed, or fail, while they create, repair or remove an unfinished group."""

import shutil

import pytest
from gld_shared.errors import DataError
from gld_shared.neighbours.spec import NeighbourSpec
from gld_shared.store import StoreSpec
from gld_shared.store.group_writer import GroupWriter
from gld_shared.testing import killed_before
from gld_shared.unfinished_names import new_folder_beside, remove_dead
from gld_shared.work.shared_output import sharing

HEADER = {"queries": ["q.zarr"], "index": ["i.zarr"], "k": 2, "history": []}
SPECS = {
    "store": StoreSpec(["a", "b", "c"], 4, "float16", {"history": []}),
    "neighbours": NeighbourSpec(3, 2, HEADER),
}


@pytest.fixture(params=SPECS.values(), ids=SPECS)
def spec(request):
    return request.param


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("before", ["nothing", "an unfinished group"])
def test_the_next_run_removes_what_a_killed_one_left(tmp_path, spec, before):
    step, left = 1, 0
    if before != "nothing":
        GroupWriter(tmp_path / "x.zarr", spec)
    while killed_before(step, lambda: GroupWriter(tmp_path / "x.zarr", spec)):
        step += 7
        left += any(name.startswith(".x.zarr.partial.") for name in names(tmp_path))
        assert GroupWriter(tmp_path / "x.zarr", spec).missing_chunks() == [0]
        assert names(tmp_path) == ["x.zarr.partial"], step
        if before == "nothing":
            shutil.rmtree(tmp_path / "x.zarr.partial")
    assert left > 3


def test_a_run_that_fails_removes_what_its_killed_children_left(tmp_path, spec):
    step, left = 1, 0
    killed = True
    while killed:
        with (
            pytest.raises(DataError),
            sharing(tmp_path / "x.zarr", lambda: GroupWriter(tmp_path / "x.zarr", spec)),
        ):
            killed = killed_before(step, lambda: GroupWriter(tmp_path / "x.zarr", spec))
            left += any(name.startswith(".x.zarr.partial.") for name in names(tmp_path))
            raise DataError("not finite")
        assert names(tmp_path) == [], step
        step += 17
    assert left > 1


def test_an_empty_group_is_written_to_the_folder_that_is_locked(tmp_path, spec):
    with new_folder_beside(tmp_path / "x") as folder:
        locked = folder.stat()
        spec.write_empty(folder)
        remove_dead(tmp_path / "x")  # which another process may call
        assert folder.stat().st_ino == locked.st_ino
        assert (folder / "zarr.json").exists()
        shutil.rmtree(folder)


def test_a_group_that_cannot_be_created(tmp_path, spec, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(DataError) as caught:
        GroupWriter(tmp_path / "x.zarr", spec)
    assert (
        str(caught.value)
        == f"{tmp_path}/x.zarr.partial: cannot be written: No space left on device"
    )
    assert names(tmp_path) == []
