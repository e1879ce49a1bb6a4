"""Stores of older releases and other programs: read with a warning, or an error that names them."""

import json

import numpy as np
import pytest
import zarr
from gld_shared.errors import DataError
from gld_shared.store import StoreSpec, StoreWriter, check_comparable, open_store, reader
from gld_shared.store.chunk_files import check_chunk_files
from gld_shared.store.metadata import read_layout

LITTLE = {"name": "bytes", "configuration": {"endian": "little"}}
ARRAYS = ("ids", "vectors")
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
    return list(store.ids), store.read(slice(0, store.n))


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
    "gzip": {"chunks": (64, 16), "compressors": [zarr.codecs.GzipCodec()]},
    "gzip_and_checksum": {
        "chunks": (64, 16),
        "compressors": [zarr.codecs.GzipCodec(), zarr.codecs.Crc32cCodec()],
    },
    "transposed": {
        "chunks": (64, 16),
        "compressors": None,
        "filters": [zarr.codecs.TransposeCodec(order=(1, 0))],
    },
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
    "big_endian_and_checksum": {
        "chunks": (64, 16),
        "compressors": [zarr.codecs.Crc32cCodec()],
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
        "gld-embed makes stores with checksums"
    ]


def test_a_store_without_digests_is_read_with_a_warning(tmp_path, warnings):
    path = tmp_path / "f.zarr"
    group = zarr.create_group(path, attributes={"format": "gld-embeddings/1"})
    for name, values in (("ids", np.array(IDS, np.dtypes.StringDType())), ("vectors", VECTORS)):
        chunks = (64, *values.shape[1:])
        checksum = zarr.codecs.Crc32cCodec()
        group.create_array(name, data=values, chunks=chunks, compressors=checksum)
    assert np.array_equal(read_all(path)[1], VECTORS)
    assert warnings() == [
        f"{path}: has no digests, so a changed file may go unnoticed; "
        "gld-embed makes stores with digests"
    ]


@pytest.mark.parametrize("layout", FOREIGN.values(), ids=FOREIGN)
def test_a_store_of_another_layout_is_read_through_zarr_with_a_warning(tmp_path, warnings, layout):
    store = open_store(write_foreign(tmp_path / "f.zarr", **layout))
    assert list(store.ids) == IDS
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
        f"{path}/vectors/c/1/0: missing (1 of 4 chunks of vectors are); {RESTORE}"
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
        (
            kind,
            f'{kind}/vectors/zarr.json: data_type: expected "float16" or "float32", got "int32"',
        ),
        (shape, f"{shape}/vectors/zarr.json: shape: 1 dimensions, expected 2"),
    ]:
        with pytest.raises(DataError) as caught:
            open_store(path)
        assert str(caught.value) == f"{message}; {RESTORE}"


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("checkpoint", "m", 'checkpoint: expected an object or null, got "m"'),
        ("image", [224], "image: expected an object or null, got a list of 1"),
        ("history", {}, "history: expected a list of objects or null, got an object"),
        ("model", ["resnet50"], "model: expected an object or null, got a list of 1"),
        ("image", {"size": "8"}, 'image.size: expected an integer, got "8"'),
        ("normalized", "yes", 'normalized: expected true or false or null, got "yes"'),
    ],
)
def test_attributes_of_another_type(tmp_path, name, value, expected):
    path = write_foreign(tmp_path / "a.zarr", attributes={name: value}, **OLDER)
    with pytest.raises(DataError) as caught:
        open_store(path)
    assert str(caught.value) == f"{path}/zarr.json: attributes.{expected}; {RESTORE}"


def test_attributes_that_are_null_are_as_good_as_none(tmp_path):
    names = ("checkpoint", "image", "model", "normalized", "history")
    with_null = write_foreign(tmp_path / "a.zarr", attributes=dict.fromkeys(names), **OLDER)
    without = write_foreign(tmp_path / "b.zarr", **OLDER)
    check_comparable(open_store(with_null), open_store(without))
    assert open_store(with_null).history == []


def edit(file, **values):
    file.write_text(json.dumps(json.loads(file.read_text()) | values))


def test_consolidated_metadata_do_not_count(tmp_path):
    path = write_foreign(tmp_path / "a.zarr", **OLDER)
    arrays = {name: json.loads((path / name / "zarr.json").read_text()) for name in ARRAYS}
    arrays["vectors"]["shape"] = arrays["ids"]["shape"] = [20]
    consolidated = {"kind": "inline", "must_understand": False, "metadata": arrays}
    edit(path / "zarr.json", consolidated_metadata=consolidated)
    ids, vectors = read_all(path)
    assert ids == IDS and np.array_equal(vectors, VECTORS)


@pytest.mark.parametrize(
    ("file", "key", "value", "fault"),
    [
        (
            "ids",
            "chunk_grid",
            {"name": "regular", "configuration": {"chunk_shape": [0]}},
            "chunk_shape: [0] does not divide an array of shape [200]",
        ),
        ("ids", "shape", [200.0], "shape[0]: expected an integer, got 200.0"),
        ("ids", "shape", [10**15], f"shape: [{10**15}] is not that of an array of ids"),
        ("ids", "data_type", "int64", 'data_type: expected "string", got "int64"'),
        (
            "vectors",
            "data_type",
            "float64",
            'data_type: expected "float16" or "float32", got "float64"',
        ),
        (
            "vectors",
            "chunk_grid",
            {"name": "regular", "configuration": {"chunk_shape": [10**12, 16]}},
            f"chunk_shape: [{10**12}, 16] is larger than 1,073,741,824 bytes",
        ),
        (
            "vectors",
            "shape",
            [200, 3],
            "chunk_shape: [64, 16] is wider than vectors of 3 values",
        ),
        ("vectors", "codecs", [], "codecs: none, expected at least the one that turns values into "
         "bytes"),
        ("vectors", "zarr_format", 2, "zarr_format: expected 3, got 2"),
    ],
)  # fmt: skip
def test_metadata_of_an_array_that_breaks_the_contract(tmp_path, file, key, value, fault):
    path = write_foreign(tmp_path / "a.zarr", **OLDER)
    edit(path / file / "zarr.json", **{key: value})
    with pytest.raises(DataError) as caught:
        open_store(path)
    assert str(caught.value) == f"{path}/{file}/zarr.json: {fault}; {RESTORE}"


def test_a_codec_that_zarr_does_not_know(tmp_path):
    path = write_foreign(tmp_path / "a.zarr", **OLDER)
    edit(path / "vectors" / "zarr.json", codecs=[LITTLE, {"name": "no"}])
    with pytest.raises(Exception, match="no") as refused:
        zarr.open_array(path / "vectors", mode="r")
    with pytest.raises(DataError) as caught:
        open_store(path)
    # Its words differ between Zarr's versions.
    assert str(caught.value) == f"{path}/vectors/zarr.json: damaged ({refused.value}); {RESTORE}"


def test_a_history_that_breaks_the_contract(tmp_path):
    step = {"tool": "t", "version": "1", "arguments": [], "inputs": [{"path": "a"}]}
    path = write_foreign(tmp_path / "a.zarr", attributes={"history": [step]}, **OLDER)
    with pytest.raises(DataError) as caught:
        open_store(path)
    assert str(caught.value) == (
        f"{path}/zarr.json: attributes.history[0].inputs[0].sha256: missing, expected a string; "
        f"{RESTORE}"
    )


def test_a_chunk_of_ids_that_has_another_number_of_them(tmp_path):
    path = write_foreign(tmp_path / "a.zarr", **OLDER)
    file = path / "ids/c/1"
    file.write_bytes((65).to_bytes(4, "little") + file.read_bytes()[4:] + b"\1\0\0\0x")
    with pytest.raises(DataError) as caught:
        open_store(path)
    assert str(caught.value) == f"{file}: holds 65 ids, expected 64; {RESTORE}"


def test_a_shape_that_hides_a_chunk(tmp_path):
    path = write_foreign(tmp_path / "a.zarr", **OLDER)
    edit(path / "ids/zarr.json", shape=[128])
    edit(path / "vectors/zarr.json", shape=[128, 16])
    with pytest.raises(DataError) as caught:
        open_store(path)
    assert str(caught.value) == (
        f"{path}/ids/c/2: a chunk after the last of the 128 rows that {path}/ids/zarr.json names; "
        f"{RESTORE}"
    )


def test_a_shape_that_compressed_chunks_cannot_hold(tmp_path):
    path = write_foreign(tmp_path / "a.zarr", **FOREIGN["zstd"])
    grid = {"name": "regular", "configuration": {"chunk_shape": [10**9 // 4, 16]}}
    edit(path / "vectors/zarr.json", shape=[10**9, 16], chunk_grid=grid)
    size = sum(file.stat().st_size for file in path.glob("vectors/c/*/0"))
    with pytest.raises(DataError) as caught:
        check_chunk_files(read_layout(path / "vectors"))
    assert str(caught.value) == (
        f"{path}/vectors: {size:,} bytes of chunks, too few for the [1000000000, 16] values that "
        f"its zarr.json names; {RESTORE}"
    )


def test_a_store_begun_by_an_older_release_is_finished_without_checksums(tmp_path, warnings):
    attributes = {"image": {"size": 8}, "history": []}
    spec = StoreSpec(IDS, 16, "float16", attributes)
    partial = tmp_path / "x.zarr.partial"
    spec.write_empty(partial, checksums=False)
    zarr.open_group(partial)["vectors"][:128] = VECTORS[:128]
    zarr.open_group(partial)["vectors"][192:] = VECTORS[192:]
    writer = StoreWriter.open(tmp_path / "x.zarr", spec)
    assert writer.missing_chunks() == [2]
    writer.write_chunk(2, VECTORS[128:192])
    ids, vectors = read_all(writer.finish())
    assert ids == IDS and np.array_equal(vectors, VECTORS)
    assert "has no checksums" in warnings()[0]
