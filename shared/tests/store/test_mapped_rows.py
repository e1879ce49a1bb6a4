"""Rows of mapped chunks, and of chunks that are gathered before they are mapped."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from gld_shared.errors import DataError
from gld_shared.store import StoreSpec, StoreWriter, open_store, write_store
from gld_shared.store.mapped_rows import MappedRows
from gld_shared.store.zarr_group import open_group

ROWS = 300
VECTORS = np.random.default_rng(0).standard_normal((ROWS, 8)).astype(np.float16)
VECTORS /= np.linalg.norm(VECTORS.astype(np.float32), axis=1, keepdims=True).astype(np.float16)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A store of five chunks, of 64 rows each."""
    ids = pl.Series([f"image {row}" for row in range(ROWS)])
    spec = StoreSpec(ids, 8, attributes={"history": []})
    writer = StoreWriter.open(tmp_path / "images.zarr", spec)
    for chunk in range(writer.chunks):
        writer.write_chunk(chunk, VECTORS[writer.rows_of(chunk)].astype(np.float32))
    return writer.finish()


def opened(folder: Path) -> MappedRows[np.float32]:
    return MappedRows(open_group(folder).vectors, np.float32)


@pytest.mark.parametrize("rows", [[0, 1, 299], [250, 3, 250, 120], list(range(299, -1, -1)), []])
def test_gathered_rows_are_the_stored_ones_before_and_after_their_chunks_are_mapped(
    folder: Path, rows: list[int]
) -> None:
    mapped, expected = opened(folder), VECTORS[np.array(rows, np.int64)].astype(np.float32)
    wanted = np.array(rows, np.int64)
    assert mapped.read_rows(wanted).tolist() == expected.tolist()
    assert mapped.read_rows(wanted).tolist() == expected.tolist()
    assert mapped.read_range(0, ROWS).tolist() == VECTORS.astype(np.float32).tolist()
    assert mapped.read_rows(wanted).tolist() == expected.tolist()


def test_threads_that_gather_rows_of_the_same_chunks_get_the_same(folder: Path) -> None:
    mapped, wanted = opened(folder), np.random.default_rng(1).permutation(ROWS)
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: mapped.read_rows(wanted), range(8)))
    assert all((each == VECTORS[wanted].astype(np.float32)).all() for each in found)


@pytest.mark.parametrize(
    ("damage", "fault"),
    [
        (lambda data: b"x" + data[1:], "damaged, its checksum does not match"),
        (lambda data: data[:-7], "1,021 bytes, expected 1,028"),
        (lambda data: data + b"x", "1,029 bytes, expected 1,028"),
    ],
)
def test_a_damaged_chunk_is_an_error_however_its_rows_are_read(
    folder: Path, damage: object, fault: str
) -> None:
    file = folder / "vectors/c/1/0"
    mapped, data = opened(folder), file.read_bytes()
    file.write_bytes(damage(data))  # type: ignore[operator]
    message = f"{file}: {fault}; {open_group(folder).vectors.restore}"
    for _ in range(2):
        with pytest.raises(DataError) as gathered:
            mapped.read_rows(np.array([5, 105]))
        assert str(gathered.value) == message
    with pytest.raises(DataError) as in_a_range:
        mapped.read_range(100, 110)
    assert str(in_a_range.value) == message
    assert mapped.read_rows(np.array([5, 205])).tolist() == VECTORS[[5, 205]].tolist()


def test_a_missing_chunk_is_an_error_that_says_why(folder: Path) -> None:
    mapped, file = opened(folder), folder / "vectors/c/1/0"
    file.unlink()
    with pytest.raises(DataError) as gathered:
        mapped.read_rows(np.array([105]))
    restore = open_group(folder).vectors.restore
    assert str(gathered.value) == f"{file}: cannot be read: No such file or directory; {restore}"


@pytest.mark.parametrize("rows", [slice(100, 110), [5, 105]])
@pytest.mark.parametrize("is_verified", [False, True])
def test_a_chunk_that_is_overwritten_in_place_is_refused(
    folder: Path, rows: slice | list[int], is_verified: bool
) -> None:
    store, ids = open_store(folder), [f"image {row}" for row in range(ROWS)]
    if is_verified:
        # It is gathered, and not mapped yet.
        store.read([105])
    other = write_store(folder.with_name("other.zarr"), ids, VECTORS[::-1])
    (folder / "vectors/c/1/0").write_bytes((other / "vectors/c/1/0").read_bytes())
    with pytest.raises(DataError) as error:
        store.read(rows)
    assert str(error.value) == (
        f"{folder}: was replaced since it was opened; open it again, or run the same command again"
    )
    assert store.read([205]).tolist() == VECTORS[[205]].tolist()


def test_chunks_of_another_store_under_the_same_name_are_refused(folder: Path) -> None:
    mapped = opened(folder)
    assert mapped.read_range(0, 64).tolist() == VECTORS[:64].tolist()
    other, away = folder.with_name("other.zarr"), folder.with_name("away.zarr")
    shutil.copytree(folder, other)
    folder.rename(away)
    other.rename(folder)
    message = (
        f"{folder}: was replaced since it was opened; open it again, or run the same command again"
    )
    with pytest.raises(DataError) as in_a_range:
        mapped.read_range(60, 70)
    with pytest.raises(DataError) as gathered:
        mapped.read_rows(np.array([5, 205]))
    assert (str(in_a_range.value), str(gathered.value)) == (message, message)
    # What is mapped already is still that of the store that was opened.
    assert mapped.read_range(0, 64).tolist() == VECTORS[:64].tolist()
