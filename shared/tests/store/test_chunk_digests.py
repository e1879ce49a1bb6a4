"""A store carries the SHA-256 of each chunk, and its own digest, for which nothing is read."""

import hashlib
import json
import random
from pathlib import Path

import numpy as np
import pytest
from gld_shared.errors import DataError
from gld_shared.sha256 import sha256
from gld_shared.store.chunk_digests import chunk_digest
from gld_shared.store.layout import partial_of
from gld_shared.store.reader import open_store
from gld_shared.store.spec import StoreSpec
from gld_shared.store.writer import StoreWriter, write_store

IDS = [f"image{row}" for row in range(200)]
VECTORS = np.random.default_rng(0).normal(size=(200, 6)).astype(np.float32)
SPEC = StoreSpec(IDS, 6)


@pytest.fixture
def store(tmp_path):
    return write_store(tmp_path / "x.zarr", IDS, VECTORS)


def unfinished(path, chunks):
    """Write some chunks of the same store, and return what another process opens."""
    writer = StoreWriter.open(path, SPEC)
    for chunk in chunks:
        rows = writer.rows_of(chunk)
        writer.write_chunk(chunk, VECTORS[rows.start : rows.stop])
    return StoreWriter.open(path, SPEC)


def digests_of(path):
    return json.loads((path / "zarr.json").read_text())["attributes"]["digests"]


def test_the_digests_are_those_of_the_files(store):
    digests = digests_of(store)
    own = digests.pop("sha256")
    assert own == hashlib.sha256(json.dumps(digests, sort_keys=True).encode()).hexdigest()
    assert digests["ids/sha256"] == sha256(store / "ids/c/0")
    chunks = [sha256(store / f"vectors/c/{chunk}/0") for chunk in range(4)]
    assert digests["vectors/sha256"].split() == chunks
    assert sorted(digests) == [
        "ids/c", "ids/sha256", "ids/zarr.json", "vectors/c", "vectors/sha256", "vectors/zarr.json",
        "zarr.json",
    ]  # fmt: skip
    assert open_store(store).sha256 == own
    assert "digests" not in open_store(store).attributes


def test_nothing_is_read_for_the_digest_of_a_store(store, monkeypatch):
    def fail(*_):
        raise AssertionError("reads a file whole")

    monkeypatch.setattr("gld_shared.store.digests.sha256", fail)
    assert len(open_store(store).sha256) == 64


def test_no_chunk_is_read_for_its_digest_and_no_record_is_left(store, tmp_path, monkeypatch):
    monkeypatch.setattr(
        "gld_shared.store.chunk_digests.sha256", lambda file: sha256(file) if "ids" in
        str(file) else pytest.fail("reads a chunk again")
    )  # fmt: skip
    first = unfinished(tmp_path / "y.zarr", [2, 0])
    for chunk in (3, 1):
        rows = first.rows_of(chunk)
        first.write_chunk(chunk, VECTORS[rows.start : rows.stop])
    other = first.finish()
    assert (other / "zarr.json").read_bytes() == (store / "zarr.json").read_bytes()
    assert sorted(p.relative_to(other) for p in other.rglob("*")) == sorted(
        p.relative_to(store) for p in store.rglob("*")
    )


@pytest.mark.parametrize(
    "damage",
    [
        Path.unlink,
        lambda record: record.write_bytes(b""),
        lambda record: record.write_bytes(record.read_bytes()[:-1] + b"\0"),
        lambda record: record.write_bytes(record.with_name("0").read_bytes() * 9),
        lambda record: record.write_bytes((record.parent.parent / "1/0.sha256").read_bytes()),
        lambda record: (record.unlink(), record.mkdir()),
    ],
    ids=["missing", "empty", "damaged", "long", "of another chunk", "a folder"],
)
def test_a_record_that_is_not_whole_is_made_from_the_chunk(store, tmp_path, damage):
    writer = unfinished(tmp_path / "y.zarr", range(4))
    layout = writer._group.vectors
    damage(partial_of(writer.path) / "vectors/c/2/0.sha256")
    assert chunk_digest(layout.file(2, 0), layout) == sha256(store / "vectors/c/2/0")
    if (partial_of(writer.path) / "vectors/c/2/0.sha256").is_file():
        assert digests_of(writer.finish()) == digests_of(store)


def test_a_damaged_chunk_without_a_record_is_an_error(tmp_path):
    writer = unfinished(tmp_path / "y.zarr", range(4))
    chunk = partial_of(writer.path) / "vectors/c/2/0"
    chunk.with_name("0.sha256").unlink()
    chunk.write_bytes(b"\1" + chunk.read_bytes()[1:])
    with pytest.raises(DataError) as caught:
        writer.finish()
    assert str(caught.value) == (
        f"{chunk}: damaged, its checksum does not match; run the same command again, which makes "
        "it again"
    )


def test_any_changed_byte_of_the_metadata_is_an_error(store):
    whole, own = (store / "zarr.json").read_bytes(), open_store(store).sha256
    for place in random.Random(0).sample(range(len(whole)), 250):
        changed = whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]
        (store / "zarr.json").write_bytes(changed)
        try:
            assert open_store(store).sha256 == own, place
        except DataError:
            continue
        assert chr(whole[place]).isspace(), place


def test_a_damaged_key_of_the_digests_does_not_make_an_older_store(store):
    file = store / "zarr.json"
    file.write_text(file.read_text().replace('"digests"', '"digestz"'))
    with pytest.raises(DataError) as caught:
        open_store(store)
    assert str(caught.value) == (
        f"{file}: damaged (attribute digests); restore the store from a copy, or embed again under "
        "another name"
    )


def test_stores_of_older_releases_have_fewer_digests_or_none(store):
    own, file = open_store(store).sha256, store / "zarr.json"
    metadata = json.loads(file.read_text())
    digests = metadata["attributes"].pop("digests")
    del metadata["attributes"]["has_digests"]
    file.write_text(json.dumps(metadata))
    assert open_store(store).sha256 == sha256(store) != own
    del digests["sha256"], digests["ids/sha256"], digests["vectors/sha256"]
    group = json.dumps(metadata, sort_keys=True).encode()
    metadata["attributes"]["digests"] = {**digests, "zarr.json": hashlib.sha256(group).hexdigest()}
    file.write_text(json.dumps(metadata))
    assert open_store(store).sha256 == sha256(store) != own
