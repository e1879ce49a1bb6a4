import errno
import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import zarr
from gld_shared.errors import DataError
from gld_shared.images.settings import ImageSettings
from gld_shared.store import (
    StoreSpec,
    StoreWriter,
    check_comparable,
    open_store,
    write_store,
)
from gld_shared.store.layout import chunk_file, partial_of, rows_per_chunk

IDS = [f"é{row}" for row in range(2500)]
VECTORS = np.random.default_rng(0).normal(size=(2500, 6)).astype(np.float16)
ATTRIBUTES = {"checkpoint": {"path": "c", "sha256": "1"}, "image": {"size": 8, "mean": (0.5,)}}


def test_a_store_is_an_ordinary_zarr_group(tmp_path):
    group = zarr.open_group(write_store(tmp_path / "x.zarr", IDS, VECTORS), mode="r")
    assert np.array_equal(group["vectors"][:], VECTORS)
    assert list(group["ids"][:]) == IDS


def test_rows_are_read_across_chunks(tmp_path):
    store = open_store(write_store(tmp_path / "x.zarr", IDS, VECTORS))
    assert list(store.ids) == IDS and store.ids.rows_of(["é7", "é7 "]).tolist() == [7, -1]
    assert np.array_equal(store.read(slice(1000, 2100)), VECTORS[1000:2100])
    picked = np.array([2499, 0, 63, 64, 64])
    assert np.array_equal(store.read(picked), VECTORS[picked])
    assert store.read(picked[:0]).shape == (0, 6)
    blocks = list(store.blocks(rows=999))
    assert [start for start, _ in blocks] == [0, 999, 1998]
    assert np.array_equal(np.concatenate([block for _, block in blocks]), VECTORS)


def test_an_interrupted_store_resumes_and_has_the_same_bytes(tmp_path):
    whole = open_store(write_store(tmp_path / "whole.zarr", IDS, VECTORS, ATTRIBUTES))
    arguments = (tmp_path / "x.zarr", StoreSpec(IDS, 6, "float16", ATTRIBUTES))
    first = StoreWriter.open(*arguments)
    for chunk in range(1, 39):
        first.write_chunk(chunk, VECTORS[64 * chunk : 64 * chunk + 64].astype(np.float32))
    for stray in ("0.host.1", ".0.1f3a92c0"):
        chunk_file(partial_of(first.path), 7).with_name(stray).write_bytes(b"cut off")
    assert not (tmp_path / "x.zarr").exists()
    writer = StoreWriter.open(*arguments)
    assert writer.missing_chunks() == [0, 39]
    for chunk in writer.missing_chunks():
        rows = writer.rows_of(chunk)
        writer.write_chunk(chunk, VECTORS[rows.start : rows.stop].astype(np.float32))
    assert open_store(writer.finish()).sha256 == whole.sha256
    assert StoreWriter.open(*arguments).finished


def test_a_store_of_other_settings_is_not_resumed(tmp_path):
    StoreWriter.open(tmp_path / "x.zarr", StoreSpec(IDS, 6, "float16", ATTRIBUTES))
    with pytest.raises(DataError) as caught:
        StoreWriter.open(tmp_path / "x.zarr", StoreSpec(IDS, 6, "float32", ATTRIBUTES))
    assert str(caught.value) == (
        f"{tmp_path / 'x.zarr.partial'}: was made with another dtype (float16, now float32); "
        "choose another output, or move this one away"
    )


def test_an_unfinished_store_is_not_opened(tmp_path):
    StoreWriter.open(tmp_path / "x.zarr", StoreSpec(IDS, 6, "float16", ATTRIBUTES))
    with pytest.raises(DataError) as caught:
        open_store(tmp_path / "x.zarr")
    assert str(caught.value) == (
        f"{tmp_path / 'x.zarr'}: not finished, only {partial_of(tmp_path / 'x.zarr')} is there; "
        "run the gld-embed command again, it resumes where it stopped"
    )


def test_a_chunk_cut_short_is_named(tmp_path):
    store = open_store(write_store(tmp_path / "x.zarr", IDS, VECTORS))
    file = chunk_file(store.path, 1)
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(DataError) as caught:
        store.read(slice(0, 2500))
    assert str(caught.value) == (
        f"{file}: 100 bytes, expected 772; "
        "restore the store from a copy, or embed again under another name"
    )


def test_a_folder_of_something_else_is_refused(tmp_path):
    with pytest.raises(DataError) as caught:
        open_store(tmp_path)
    assert (
        str(caught.value)
        == f"{tmp_path}: not a Zarr v3 group; expected an embedding store made by gld-embed"
    )


@pytest.mark.parametrize(
    ("n", "dimension", "rows"),
    [(0, 512, 64), (4096, 512, 64), (4097, 512, 128), (5_000_000, 512, 1024), (9999, 1 << 20, 8)],
)
def test_small_stores_have_small_chunks(n, dimension, rows):
    assert rows_per_chunk(n, dimension, "float16") == rows


def test_processes_that_create_a_store_at_once_share_it(tmp_path):
    def open_writer(_):
        return StoreWriter.open(tmp_path / "x.zarr", StoreSpec(IDS, 6, "float16", ATTRIBUTES))

    with ThreadPoolExecutor(8) as pool:
        writers = list(pool.map(open_writer, range(8)))
    assert [writer.missing_chunks() for writer in writers] == [list(range(40))] * 8
    assert [path.name for path in tmp_path.iterdir()] == ["x.zarr.partial"]


def test_finishing_removes_the_folders_of_killed_processes(tmp_path):
    (tmp_path / ".x.zarr.partial.1f3a92c0" / "ids").mkdir(parents=True)
    (tmp_path / ".y.zarr.partial.another").mkdir()
    write_store(tmp_path / "x.zarr", IDS, VECTORS)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".y.zarr.partial.another", "x.zarr"]


@pytest.mark.parametrize("finished_when", ["written", "not yet written"])
def test_a_store_that_others_finish_is_not_created_again(tmp_path, monkeypatch, finished_when):
    write_empty = StoreSpec.write_empty

    def slowly(*arguments):
        monkeypatch.setattr(StoreSpec, "write_empty", write_empty)
        if finished_when == "written":
            write_empty(*arguments)
        write_store(tmp_path / "x.zarr", IDS, VECTORS)
        if finished_when == "not yet written":
            write_empty(*arguments)

    monkeypatch.setattr(StoreSpec, "write_empty", slowly)
    assert StoreWriter.open(tmp_path / "x.zarr", StoreSpec(IDS, 6, "float16", {})).finished
    assert [path.name for path in tmp_path.iterdir()] == ["x.zarr"]


def test_a_full_disk_is_a_clear_error(tmp_path, monkeypatch):
    writer = StoreWriter.open(tmp_path / "x.zarr", StoreSpec(IDS, 6, "float16", ATTRIBUTES))

    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DataError) as caught:
        writer.write_chunk(0, VECTORS[:64].astype(np.float32))
    file = chunk_file(partial_of(writer.path), 0)
    assert str(caught.value) == (
        f"{file}: cannot be written: No space left on device; make room there, or name another "
        "place; the same command resumes after the chunks that are complete"
    )
    assert [entry.name for entry in file.parent.iterdir()] == ["0.sha256"]


def test_an_older_store_counts_as_decoded_fast(tmp_path):
    image = ImageSettings(32).to_dict()
    older = {name: value for name, value in image.items() if name != "decode"}
    made = {"old": older, "new": image, "exact": {**image, "decode": "exact"}}
    stores = {}
    for name, settings in made.items():
        path = tmp_path / f"{name}.zarr"
        write_store(path, ["a"], np.ones((1, 2)), {"image": settings})
        stores[name] = open_store(path)
    check_comparable(stores["old"], stores["new"])
    # Opening the older store for writing finds the same settings too.
    spec = StoreSpec(["a"], 2, attributes={"image": image})
    assert StoreWriter.open(tmp_path / "old.zarr", spec).finished
    with pytest.raises(DataError, match="different image settings"):
        check_comparable(stores["old"], stores["exact"])


def test_one_file_of_weights_in_two_networks(tmp_path):
    stores = []
    for backbone in ("resnet50", "recipe:resnet50"):
        attributes = {"checkpoint": {"sha256": "12ab"}, "model": {"backbone": backbone}}
        write_store(tmp_path / "x.zarr", ["a"], np.ones((1, 2)), attributes)
        stores.append(open_store((tmp_path / "x.zarr").rename(tmp_path / f"{len(stores)}.zarr")))
    with pytest.raises(DataError) as caught:
        check_comparable(*stores)
    assert str(caught.value) == (
        f"{tmp_path / '0.zarr'} and {tmp_path / '1.zarr'}: different backbone (resnet50 and "
        "recipe:resnet50), so their similarities mean nothing; "
        "embed both with the same checkpoint and image settings"
    )


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        (["a", "b"], "2 ids of 3 vectors"),
        (["a", "", "b"], "the id of row 1 is empty; expected a name for each vector"),
        (["a", "b", "a"], "row 2 has the id 'a' of row 0; expected each id once"),
    ],
)
def test_ids_that_no_store_can_have_are_refused(tmp_path, ids, message):
    with pytest.raises(ValueError) as caught:
        write_store(tmp_path / "x.zarr", ids, VECTORS[:3])
    assert str(caught.value) == message
    assert not list(tmp_path.iterdir())
