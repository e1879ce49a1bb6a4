"""Vectors without a usable length are refused wherever a store is read."""

import numpy as np
import pytest
from gld_shared.errors import DataError
from gld_shared.store import open_store, write_store
from gld_shared.store.same_lengths import expect_same_lengths

RESTORE = "restore the store from a copy, or embed again under another name"
IDS = [f"é{row}" for row in range(200)]
UNIT = np.random.default_rng(0).normal(size=(200, 16))
UNIT /= np.linalg.norm(UNIT, axis=1, keepdims=True)


@pytest.fixture
def store_with(tmp_path):
    """Make a store in which row 70 is changed."""

    def make(row, normalized=True, dtype="float16"):
        vectors = UNIT.copy()
        vectors[70] = row
        attributes = {"normalized": True} if normalized else {}
        return open_store(write_store(tmp_path / "x.zarr", IDS, vectors, attributes, dtype))

    return make


READS = {
    "slice": lambda store: store.read(slice(0, 200)),
    "blocks": lambda store: list(store.blocks(64)),
    "rows": lambda store: store.read(np.array([3, 199, 70, 70])),
    "as stored": lambda store: store.stored(np.array([3, 70, 70, 199])) or READS["slice"](store),
}


def refused(read, store):
    with pytest.raises(DataError) as caught:
        read(store)
    return str(caught.value)


@pytest.mark.parametrize("read", READS.values(), ids=READS)
@pytest.mark.parametrize("dtype", ["float16", "float32"])
@pytest.mark.parametrize(
    ("row", "normalized", "fault"),
    [
        (np.nan, True, "its vector is not finite"),
        (np.nan, False, "its vector is not finite"),
        ([*UNIT[70][:15], -np.inf], False, "its vector is not finite"),
        (0, False, "its vector has length 0, expected 1e-15 to 1e+15"),
        (0, True, "its vector has length 0, expected 1, because the store is marked normalized"),
        (
            [3, 4, *[0] * 14],
            True,
            "its vector has length 5, expected 1, because the store is marked normalized",
        ),
    ],
)
def test_the_row_and_id_are_named(store_with, read, dtype, row, normalized, fault):
    store = store_with(row, normalized, dtype)
    assert refused(read, store) == f"{store.path}: row 70 (id 'é70'): {fault}; {RESTORE}"
    # Reading again finds it again: rows count as checked only if they were sound.
    assert refused(read, store) == f"{store.path}: row 70 (id 'é70'): {fault}; {RESTORE}"


def test_other_rows_of_the_same_chunk_can_be_read(store_with):
    store = store_with(np.nan)
    assert np.array_equal(store.read([69, 71]), UNIT[[69, 71]].astype(np.float16))


@pytest.mark.parametrize("dtype", ["float16", "float32"])
@pytest.mark.parametrize("dimension", [1, 3, 512, 4096])
def test_rounded_unit_vectors_count_as_unit_vectors(tmp_path, dtype, dimension):
    vectors = np.random.default_rng(0).normal(size=(100, dimension))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    path = tmp_path / "x.zarr"
    write_store(path, IDS[:100], vectors, {"normalized": True}, dtype)
    assert np.array_equal(open_store(path).read(slice(0, 100)), vectors.astype(dtype))
    assert (open_store(path).stored(np.arange(100)) is None) == (dtype == "float32")


def test_any_length_is_read_from_a_store_that_is_not_marked(store_with):
    long = np.zeros(16)
    long[3] = 60_000
    store = store_with(long, normalized=False)
    [[vectors, places]] = store.stored(np.array([70]))
    assert np.array_equal(vectors[places][0], long)
    assert np.array_equal(store.read([70])[0], long)


@pytest.mark.parametrize("read", READS.values(), ids=READS)
@pytest.mark.parametrize("dtype", ["float16", "float32"])
@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (
            [3, 4, *[0] * 14],
            "its vector has length 5, expected 1, because {} is marked normalized; scale the "
            "vectors of both to length 1, or mark neither",
        ),
        (0, f"its vector has length 0, expected 1, because {{}} is marked normalized; {RESTORE}"),
        (np.nan, f"its vector is not finite; {RESTORE}"),
    ],
)
def test_a_store_is_compared_with_one_that_is_marked(tmp_path, store_with, read, dtype, row, fault):
    store = store_with(row, normalized=False, dtype=dtype)
    attributes = {"normalized": True}
    marked = open_store(write_store(tmp_path / "marked.zarr", IDS, UNIT, attributes))
    if row == [3, 4, *[0] * 14]:
        # Read before, when any length was right.
        read(store)
    expect_same_lengths([store, marked])
    named = f"{store.path}: row 70 (id 'é70'): {fault.format(marked.path)}"
    assert refused(read, store) == refused(read, store) == named
    assert np.array_equal(store.read([69, 71]), UNIT[[69, 71]].astype(dtype))
    read(marked)


def test_stores_of_which_none_is_marked_may_have_any_length(tmp_path, store_with):
    store = store_with([3, 4, *[0] * 14], normalized=False)
    other = open_store(write_store(tmp_path / "other.zarr", IDS, 2 * UNIT))
    expect_same_lengths([store, other])
    for each in (store, other):
        READS["slice"](each)


def test_a_length_that_overflows_float32_products_is_refused(store_with):
    store = store_with(1e20, normalized=False, dtype="float32")
    assert refused(READS["slice"], store) == (
        f"{store.path}: row 70 (id 'é70'): its vector has length 4e+20, expected 1e-15 to 1e+15; "
        f"{RESTORE}"
    )
