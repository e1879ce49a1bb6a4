"""Rows that are read by slices and numbers, of stores, of parts and of neighbours."""

import numpy as np
import pytest
from gld_shared.neighbours import open_arrays
from gld_shared.neighbours.writer import write_neighbours
from gld_shared.store import open_store, write_store
from gld_shared.store.parts import StoreParts

ATTRIBUTES = {"queries": [], "index": [], "k": 2, "history": []}


@pytest.fixture
def readers(tmp_path):
    """Functions that read rows of 100 vectors, of the same in parts, and of neighbours."""
    vectors = np.arange(1, 201, dtype=np.float32).reshape(100, 2)
    for name, part in (("all", slice(100)), ("one", slice(70)), ("two", slice(70, 100))):
        ids = [str(row) for row in range(100)[part]]
        write_store(tmp_path / name, ids, vectors[part], {"history": []}, "float32")
    scores = np.stack([np.ones(100), np.zeros(100)], axis=1).astype(np.float32)
    rows = np.stack([np.arange(100), np.arange(100) + 1], axis=1)
    write_neighbours(tmp_path / "n", rows, scores, ATTRIBUTES)
    parts = StoreParts([open_store(tmp_path / name) for name in ("one", "two")])
    store, arrays = open_store(tmp_path / "all"), open_arrays(tmp_path / "n")
    return [store.read, parts.read, lambda wanted: arrays.read(wanted)[0]]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (slice(68, 72), [68, 69, 70, 71]),
        (slice(98, 1000), [98, 99]),
        (slice(50, 40), []),
        (np.array([71, 3, 71]), [71, 3, 71]),
        (np.array([5], np.uint8), [5]),
        ([], []),
    ],
)
def test_rows_are_read_as_wanted(readers, wanted, expected):
    first = [read(slice(0, 1))[0, 0] for read in readers]
    step = [read(slice(1, 2))[0, 0] - one for read, one in zip(readers, first, strict=True)]
    for read, one, each in zip(readers, first, step, strict=True):
        assert read(wanted)[:, 0].tolist() == [one + each * row for row in expected]


@pytest.mark.parametrize(
    ("wanted", "fault"),
    [
        (slice(0, 10, 2), "rows have a step of 2, expected 1"),
        (np.array([-1, 3]), "row -1 is wanted, expected 0 to 99"),
        ([100], "row 100 is wanted, expected 0 to 99"),
        (np.ones(100, bool), "rows are bool, expected a slice or integers"),
        ([0.5], "rows are float64, expected a slice or integers"),
    ],
)
def test_other_rows_are_refused(readers, wanted, fault):
    for read in readers:
        with pytest.raises(ValueError) as caught:
            read(wanted)
        assert str(caught.value) == fault
