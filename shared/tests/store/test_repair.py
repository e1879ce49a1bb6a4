"""An unfinished store that was damaged: what is not whole is made again, and named."""

import os
import shutil

import numpy as np
import pytest
from gld_shared.errors import DataError
from gld_shared.provenance import step
from gld_shared.store import StoreSpec, StoreWriter, open_store, write_store
from gld_shared.unfinished_names import name_beside

IDS = [f"é{row}" for row in range(200)]
HISTORY = [step("gld-embed list", "1", [], [])]
ATTRIBUTES = {"list": {"path": "a.tsv", "sha256": "11"}, "history": HISTORY}
OTHER_LIST = {"list": {"path": "a.tsv", "sha256": "12"}, "history": HISTORY}
VECTORS = np.random.default_rng(0).normal(size=(200, 16)).astype(np.float16)


@pytest.fixture
def whole(tmp_path):
    """Return the store that nothing has interrupted."""
    return open_store(write_store(tmp_path / "whole.zarr", IDS, VECTORS, ATTRIBUTES))


@pytest.fixture
def partial(tmp_path):
    """Return an unfinished store of four chunks, the last of which is missing."""
    writer = StoreWriter.open(tmp_path / "x.zarr", StoreSpec(IDS, 16, attributes=ATTRIBUTES))
    for chunk in range(3):
        writer.write_chunk(chunk, VECTORS[64 * chunk : 64 * chunk + 64])
    return tmp_path / "x.zarr.partial"


def resume(partial):
    """Finish an unfinished store; return it, and the chunks that were written."""
    writer = StoreWriter.open(partial.with_suffix(""), StoreSpec(IDS, 16, attributes=ATTRIBUTES))
    missing = writer.missing_chunks()
    for chunk in missing:
        rows = writer.rows_of(chunk)
        writer.write_chunk(chunk, VECTORS[rows.start : rows.stop])
    return open_store(writer.finish()), missing


def flip(file):
    content = bytearray(file.read_bytes())
    content[30] ^= 1
    file.write_bytes(content)


def empty(file):
    file.write_bytes(b"")


def test_a_whole_one_is_resumed_without_a_word(partial, whole, caplog):
    store, written = resume(partial)
    assert (store.sha256, written, caplog.messages) == (whole.sha256, [3], [])


def test_spaces_of_metadata_are_those_of_a_quiet_run(partial, whole, caplog):
    """So that its digest, in histories too, is that of a store that nothing has interrupted."""
    file = partial / "vectors/zarr.json"
    file.write_text(file.read_text().replace("  ", " "))
    store, written = resume(partial)
    assert (store.sha256, written, caplog.messages) == (whole.sha256, [3], [])


@pytest.mark.parametrize("damage", [flip, empty, os.remove])
@pytest.mark.parametrize("name", ["ids/c/0", "ids/zarr.json", "vectors/zarr.json"])
def test_damaged_ids_and_metadata(partial, whole, caplog, name, damage):
    damage(partial / name)
    store, written = resume(partial)
    assert (store.sha256, written) == (whole.sha256, [3])
    assert caplog.messages == [f"{partial}/{name}: damaged or missing; made again"]


def test_ids_of_another_store(partial, whole, caplog, tmp_path):
    other = write_store(tmp_path / "other.zarr", IDS[::-1], VECTORS)
    (partial / "ids/c/0").write_bytes((other / "ids/c/0").read_bytes())
    assert resume(partial)[0].sha256 == whole.sha256
    assert caplog.messages == [f"{partial}/ids/c/0: damaged or missing; made again"]


def test_a_damaged_chunk_of_vectors(partial, whole, caplog):
    flip(partial / "vectors/c/1/0")
    store, written = resume(partial)
    assert (store.sha256, written) == (whole.sha256, [1, 3])
    assert caplog.messages == [
        f"{partial}/vectors/c/1/0: damaged, its checksum does not match; made again"
    ]


def test_a_chunk_of_another_run_that_was_copied_into_the_folder(partial, whole, caplog, tmp_path):
    spec = StoreSpec(IDS, 16, attributes=OTHER_LIST)
    StoreWriter.open(tmp_path / "other.zarr", spec).write_chunk(1, -VECTORS[64:128])
    copied = tmp_path / "other.zarr.partial"
    shutil.copytree(copied / "vectors/c/1", partial / "vectors/c/1", dirs_exist_ok=True)
    store, written = resume(partial)
    assert (store.sha256, written) == (whole.sha256, [1, 3])
    assert caplog.messages == [f"{partial}/vectors/c/1/0: was made with other settings; made again"]


def test_a_chunk_of_vectors_cut_short(partial, whole):
    empty(partial / "vectors/c/1/0")
    store, written = resume(partial)
    assert (store.sha256, written) == (whole.sha256, [1, 3])


def other_format(file):
    file.write_text(file.read_text().replace("gld-embeddings/1", "gld-embeddings/3"))


def other_list(file):
    file.write_text(file.read_text().replace('"sha256": "11', '"sha256": "10'))


def other_step(file):
    file.write_text(file.read_text().replace("gld-embed list", "gld-embed lisp"))


@pytest.mark.parametrize("damage", [flip, empty, other_format, other_list, other_step])
def test_settings_that_are_damaged_are_known_from_the_chunks(partial, whole, caplog, damage):
    damage(partial / "zarr.json")
    store, written = resume(partial)
    assert (store.sha256, written) == (whole.sha256, [3])
    assert caplog.messages == [f"{partial}/zarr.json: damaged or missing; made again"]


def test_a_chunk_of_unknown_settings_is_made_again(partial, whole, caplog):
    empty(partial / "zarr.json")
    empty(partial / "vectors/c/2/0.sha256")
    store, written = resume(partial)
    assert (store.sha256, written) == (whole.sha256, [2, 3])
    assert caplog.messages == [
        f"{partial}/vectors/c/2/0: nothing shows by which settings it was made; made again",
        f"{partial}/zarr.json: damaged or missing; made again",
    ]


def test_chunks_of_other_settings_stay(partial):
    empty(partial / "zarr.json")
    with pytest.raises(DataError):
        StoreWriter.open(partial.with_suffix(""), StoreSpec(IDS, 16, attributes=OTHER_LIST))
    assert len(list(partial.glob("vectors/c/*/0"))) == 3


def test_settings_that_are_damaged_are_not_guessed(partial):
    empty(partial / "zarr.json")
    for record in partial.glob("vectors/c/*/0.sha256"):
        record.unlink()
    with pytest.raises(DataError) as caught:
        resume(partial)
    assert str(caught.value) == (
        f"{partial}/zarr.json: not JSON: Expecting value: line 1 column 1 (char 0); "
        "restore the store from a copy, or embed again under another name"
    )


def test_an_unfinished_store_is_no_store(partial):
    with pytest.raises(DataError) as caught:
        open_store(partial)
    assert str(caught.value) == (
        f"{partial}: not finished; run the command that makes it again, it resumes where it stopped"
    )


def test_nothing_is_left_beside_the_store(partial):
    flip(partial / "ids/c/0")
    resume(partial)
    assert [file.name for file in partial.parent.iterdir()] == ["x.zarr"]


def test_metadata_half_written_by_a_killed_process_is_not_in_the_store(partial, whole):
    name_beside(partial / "zarr.json").write_bytes(b"half")
    store, _ = resume(partial)
    assert store.sha256 == whole.sha256
    assert sorted(file.name for file in store.path.iterdir()) == ["ids", "vectors", "zarr.json"]


def test_an_unfinished_store_of_other_ids_is_refused(tmp_path):
    writer = StoreWriter.open(tmp_path / "x", StoreSpec([f"old{row}" for row in range(100)], 4))
    writer.write_chunk(0, np.ones((64, 4)))
    with pytest.raises(DataError) as caught:
        StoreWriter.open(tmp_path / "x", StoreSpec([f"new{row}" for row in range(100)], 4))
    assert str(caught.value) == (
        f"{tmp_path / 'x.partial'}: was made with other ids; choose another output, or move this "
        "one away"
    )


@pytest.mark.parametrize("name", ["x", "x.partial"])
def test_a_store_in_memory_takes_no_name_that_is_taken(tmp_path, name):
    write_store(tmp_path / "x", ["a"], np.ones((1, 4), np.float32))
    (tmp_path / "x").rename(tmp_path / name)
    with pytest.raises(DataError) as caught:
        write_store(tmp_path / "x", ["a"], np.zeros((1, 4), np.float32))
    assert str(caught.value) == (
        f"{tmp_path / name}: exists; choose another name, or move this one away"
    )
