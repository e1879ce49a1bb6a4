"""Stores of older releases and other programs: read with a warning, or an error that names them."""

import json

import numpy as np
import pytest
import zarr
from gld_shared.errors import DataError
from gld_shared.store import StoreSpec, StoreWriter, open_store, reader
from gld_shared.store.layout import chunk_file

RESTORE = "restore the store from a copy, or embed again under another name"
IDS = [f"é{row}" for row in range(200)]
VECTORS = np.random.default_rng(0).normal(size=(200, 16)).astype(np.float16)


@pytest.fixture
def warnings(monkeypatch, caplog):
    """Return the warnings of opening a store; each is given once in a process."""
    reader._warn_once.cache_clear()
    return lambda: [record.getMessage() for record in caplog.records]


def read_all(path):
    store = open_store(path)
    return store.ids, store.read(slice(0, store.n))


def cut(file, count):
    file.write_bytes(file.read_bytes()[:-count])


def write_foreign(path, ids=IDS, vectors=VECTORS, attributes=None, **layout):
    """Write a store as another program does: by Zarr."""
    attributes = {"format": "gld-embeddings/1", **(attributes or {})}
    group = zarr.create_group(path, zarr_format=3, attributes=attributes)
    names = group.create_array(
        "ids", shape=(len(ids),), chunks=(64,), dtype=np.dtypes.StringDType(), compressors=None
    )
    names[:] = np.asarray(ids, dtype=np.dtypes.StringDType())
    group.create_array("vectors", data=vectors, **layout)
    return path


OLDER = {"chunks": (64, 16), "compressors": None}
FOREIGN = {
    "zstd": {"chunks": (64, 16)},
    "shards": {"chunks": (16, 16), "shards": (64, 16), "compressors": None},
    "columns": {"chunks": (64, 8), "compressors": None},
    "dots": {
        "chunks": (64, 16),
        "compressors": None,
        "chunk_key_encoding": {"name": "default", "separator": "."},
    },
    "big_endian": {
        "chunks": (64, 16),
        "compressors": None,
        "serializer": zarr.codecs.BytesCodec(endian="big"),
    },
}


def test_an_older_store_is_read_with_a_warning_given_once(tmp_path, warnings):
    path = write_foreign(tmp_path / "old.zarr", **OLDER)
    for _ in range(2):
        ids, vectors = read_all(path)
        assert ids == IDS and np.array_equal(vectors, VECTORS)
    assert warnings() == [
        f"{path}: has no checksums, so damage to its numbers may go unnoticed; "
        "gld-embed now makes stores with checksums"
    ]


@pytest.mark.parametrize("layout", FOREIGN.values(), ids=FOREIGN)
def test_a_store_of_another_layout_is_read_through_zarr_with_a_warning(tmp_path, warnings, layout):
    store = open_store(write_foreign(tmp_path / "f.zarr", **layout))
    assert store.ids == IDS
    assert np.array_equal(store.read(slice(50, 150)), VECTORS[50:150])
    assert np.array_equal(store.read([199, 0, 70, 70]), VECTORS[[199, 0, 70, 70]])
    assert warnings()[1:] == [
        f"{store.path}: its vectors have codecs, shards or chunks of another program, "
        "so they are read through Zarr, which is slower"
    ]


def test_a_damaged_store_of_another_layout(tmp_path):
    path = write_foreign(tmp_path / "f.zarr", **FOREIGN["zstd"])
    cut(path / "vectors/c/1/0", 500)
    with pytest.raises(DataError) as caught:
        read_all(path)
    message = str(caught.value)
    assert message.startswith(f"{path}/vectors: damaged (") and message.endswith(f"; {RESTORE}")
    (path / "vectors/c/1/0").unlink()
    with pytest.raises(DataError) as caught:
        read_all(path)
    assert str(caught.value) == (
        f"{path}: row 64 (id 'é64'): its vector has length 0, expected 1e-15 to 1e+15; {RESTORE}"
    )


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("ids/c/1", "{path}/ids/c/1: missing (1 of 4 chunks of ids are); "),
        ("vectors/c/1/0", "{path}/vectors/c/1/0: missing (1 of 4 chunks of vectors are); "),
    ],
)
def test_missing_chunks_of_an_older_store(tmp_path, file, message):
    path = write_foreign(tmp_path / "old.zarr", **OLDER)
    (path / file).unlink()
    with pytest.raises(DataError) as caught:
        open_store(path)
    assert str(caught.value) == message.format(path=path) + RESTORE


def test_cut_vectors_of_an_older_store_are_found_when_it_is_opened(tmp_path):
    """So gld-embed does not call the store finished."""
    path = write_foreign(tmp_path / "old.zarr", **OLDER)
    cut(path / "vectors/c/1/0", 1)
    with pytest.raises(DataError) as caught:
        open_store(path)
    assert str(caught.value) == f"{path}/vectors/c/1/0: 2,047 bytes, expected 2,048; {RESTORE}"


def test_cut_ids_of_an_older_store(tmp_path):
    path = write_foreign(tmp_path / "old.zarr", **OLDER)
    cut(path / "ids/c/1", 1)
    with pytest.raises(DataError) as caught:
        read_all(path)
    assert str(caught.value) == (
        f"{path}/ids: damaged (corrupt buffer, data seem truncated); {RESTORE}"
    )


def test_arrays_that_are_no_store(tmp_path):
    ids = write_foreign(tmp_path / "a.zarr", ids=IDS[:64], **OLDER)
    kind = write_foreign(tmp_path / "b.zarr", vectors=np.ones((200, 16), np.int32), **OLDER)
    shape = write_foreign(tmp_path / "c.zarr", vectors=np.ones(200, np.float32), compressors=None)
    for path, message in [
        (ids, f"{ids}: 64 ids and 200 vectors"),
        (kind, f"{kind}/vectors/zarr.json: type int32, expected float16 or float32"),
        (shape, f"{shape}/vectors/zarr.json: 1 dimensions, expected 2"),
    ]:
        with pytest.raises(DataError) as caught:
            open_store(path)
        assert str(caught.value) == f"{message}; {RESTORE}"


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [("checkpoint", "m", "object"), ("image", [224], "object"), ("history", {}, "array")],
)
def test_attributes_of_another_type(tmp_path, name, value, expected):
    path = write_foreign(tmp_path / "a.zarr", attributes={name: value}, **OLDER)
    with pytest.raises(DataError) as caught:
        open_store(path)
    assert str(caught.value) == (
        f"{path}/zarr.json: attribute {name} is {value!r}, expected a JSON {expected}; {RESTORE}"
    )


def test_chunks_of_no_rows(tmp_path):
    path = write_foreign(tmp_path / "a.zarr", **OLDER)
    metadata = json.loads((path / "ids/zarr.json").read_text())
    metadata["chunk_grid"]["configuration"]["chunk_shape"] = [0]
    (path / "ids/zarr.json").write_text(json.dumps(metadata))
    with pytest.raises(DataError) as caught:
        open_store(path)
    assert str(caught.value) == f"{path}/ids/zarr.json: damaged (chunk_shape has a 0); {RESTORE}"


def test_a_store_begun_by_an_older_release_is_finished_without_checksums(tmp_path, warnings):
    attributes = {"image": {"size": 8}, "history": []}
    partial = write_foreign(tmp_path / "x.zarr.partial", attributes=attributes, **OLDER)
    chunk_file(partial, 2).unlink()
    writer = StoreWriter.open(tmp_path / "x.zarr", StoreSpec(IDS, 16, "float16", attributes))
    assert writer.missing_chunks() == [2]
    writer.write_chunk(2, VECTORS[128:192])
    ids, vectors = read_all(writer.finish())
    assert ids == IDS and np.array_equal(vectors, VECTORS)
    assert "has no checksums" in warnings()[0]
