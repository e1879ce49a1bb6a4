"""Damaged stores: the error that names the file, and the remedy."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import zarr
from gld_shared.errors import DataError
from gld_shared.store import StoreSpec, StoreWriter, open_store, write_store
from gld_shared.store.layout import chunk_file

RESTORE = "restore the store from a copy, or embed again under another name"
IDS = [f"é{row}" for row in range(200)]
VECTORS = np.random.default_rng(0).normal(size=(200, 16)).astype(np.float16)
OTHERS = VECTORS[::-1]


@pytest.fixture
def path(tmp_path):
    return write_store(tmp_path / "x.zarr", IDS, VECTORS)


@pytest.fixture
def refused(path):
    """Return the error of opening the store and reading all of it."""

    def read():
        with pytest.raises(DataError) as caught:
            read_all(path)
        return str(caught.value)

    return read


def read_all(path):
    store = open_store(path)
    return list(store.ids), store.read(slice(0, store.n))


def cut(file, count):
    file.write_bytes(file.read_bytes()[:-count])


def flip(file, position):
    content = bytearray(file.read_bytes())
    content[position] ^= 1
    file.write_bytes(content)


def replace(file, old, new):
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_a_flipped_bit_of_a_vector(path, refused):
    flip(path / "vectors/c/1/0", 5)
    assert refused() == (f"{path}/vectors/c/1/0: damaged, its checksum does not match; {RESTORE}")


def test_a_flipped_bit_of_an_id(path, refused):
    flip(path / "ids/c/0", 20)
    assert refused() == f"{path}/ids/c/0: damaged, its checksum does not match; {RESTORE}"


def test_a_flipped_bit_of_a_vector_is_found_by_zarr_too(path):
    flip(path / "vectors/c/1/0", 5)
    with pytest.raises(ValueError, match="checksum do not match"):
        zarr.open_group(path, mode="r")["vectors"][:]


@pytest.mark.parametrize(
    ("file", "fault"),
    [
        ("ids/c/0", "damaged, its checksum does not match"),
        ("vectors/c/2/0", "2,042 bytes, expected 2,052"),
    ],
)
def test_a_chunk_cut_short(path, refused, file, fault):
    cut(path / file, 10)
    assert refused() == f"{path}/{file}: {fault}; {RESTORE}"


@pytest.mark.parametrize("file", ["ids/c/0", "vectors/c/2/0"])
def test_a_missing_chunk(path, refused, file):
    (path / file).unlink()
    name, count = ("ids", 1) if file.startswith("ids") else ("vectors", 4)
    assert refused() == f"{path}/{file}: missing (1 of {count} chunks of {name} are); {RESTORE}"


@pytest.mark.parametrize("name", ["ids", "vectors"])
def test_all_chunks_missing(path, refused, name):
    shutil.rmtree(path / name / "c")
    file, count = {"ids": ("ids/c/0", 1), "vectors": ("vectors/c/0/0", 4)}[name]
    assert refused() == (
        f"{path}/{file}: missing ({count} of {count} chunks of {name} are); {RESTORE}"
    )


@pytest.mark.parametrize("name", ["ids", "vectors"])
def test_a_missing_array(path, refused, name):
    shutil.rmtree(path / name)
    assert refused() == f"{path / name / 'zarr.json'}: missing; {RESTORE}"


@pytest.mark.parametrize("file", ["zarr.json", "ids/zarr.json", "vectors/zarr.json"])
def test_metadata_cut_short(path, refused, file):
    (path / file).write_bytes(b'{"attributes')
    assert refused() == (
        f"{path}/{file}: not JSON: Unterminated string starting at: line 1 column 2 (char 1); "
        f"{RESTORE}"
    )


def test_metadata_that_lose_the_last_rows(path, refused):
    for name in ("ids", "vectors"):
        replace(path / name / "zarr.json", "200", "180")
    assert refused() == f"{path}/ids/zarr.json: changed since the store was finished; {RESTORE}"


def test_attributes_that_changed(tmp_path):
    path = write_store(tmp_path / "y.zarr", IDS, VECTORS, {"image": {"size": 224}})
    replace(path / "zarr.json", "224", "225")
    with pytest.raises(DataError) as caught:
        open_store(path)
    assert str(caught.value) == (
        f"{path}/zarr.json: changed since the store was finished; {RESTORE}"
    )


@pytest.mark.parametrize("file", ["ids/c/0", "vectors/c/1/0"])
def test_a_chunk_of_another_store(path, refused, tmp_path, file):
    other = write_store(tmp_path / "other.zarr", IDS[::-1], OTHERS)
    shutil.copy(other / file, path / file)
    name = file.partition("/")[0]
    assert refused() == f"{path}/{name}/c: holds chunks of another store; {RESTORE}"


def test_chunks_that_are_exchanged(path, refused):
    first, second = chunk_file(path, 0), chunk_file(path, 1)
    content = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(content)
    assert refused() == f"{path}/vectors/c: holds chunks of another store; {RESTORE}"


def test_repeated_ids(tmp_path):
    spec = StoreSpec(["a", "b", "a"], 16, "float16", {})
    writer = StoreWriter.open(tmp_path / "y.zarr", spec)
    writer.write_chunk(0, VECTORS[:3])
    path = writer.finish()
    with pytest.raises(DataError) as caught:
        read_all(path)
    assert str(caught.value) == (
        f"{path}: row 2 repeats the id 'a' of row 0; expected each id once; "
        "make the store from a list without repeated ids"
    )


def test_a_finished_store_that_is_damaged_is_not_called_finished(path):
    shutil.rmtree(path / "ids/c")
    with pytest.raises(DataError) as caught:
        StoreWriter.open(path, StoreSpec(IDS, 16))
    assert str(caught.value) == (f"{path}/ids/c/0: missing (1 of 1 chunks of ids are); {RESTORE}")


def test_a_damaged_vector_of_a_finished_store_that_is_not_called_finished(path):
    flip(path / "vectors/c/1/0", 5)
    with pytest.raises(DataError) as caught:
        StoreWriter.open(path, StoreSpec(IDS, 16))
    assert str(caught.value) == (
        f"{path}/vectors/c/1/0: damaged, its checksum does not match; {RESTORE}"
    )


FILES = ["zarr.json", "ids/zarr.json", "vectors/zarr.json", "ids/c/0", "vectors/c/2/0"]
IN_ITS_PLACE = {
    "device": lambda file: file.symlink_to("/dev/zero"),
    "named pipe": os.mkfifo,
    "folder": Path.mkdir,
}


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("kind", IN_ITS_PLACE)
def test_a_file_that_is_not_regular(path, refused, file, kind):
    (path / file).unlink()
    IN_ITS_PLACE[kind](path / file)
    assert refused() == f"{path}/{file}: is a {kind}, expected a regular file; {RESTORE}"


@pytest.mark.parametrize("file", FILES)
def test_links_to_regular_files(path, tmp_path, file):
    (path / file).rename(tmp_path / "elsewhere")
    (path / file).symlink_to(tmp_path / "elsewhere")
    ids, vectors = read_all(path)
    assert ids == IDS and np.array_equal(vectors, VECTORS)
