"""The join of a store with a labelled list."""

import numpy as np
import polars as pl
import pytest
from gld_shared.errors import DataError
from gld_shared.store import open_store, write_store
from gld_shared.store.labels_from_list import join_labels, label_array
from gld_shared.tables import LIST, read_table


@pytest.fixture
def store(tmp_path):
    return open_store(write_store(tmp_path / "x.zarr", ["b", "a", "c"], np.eye(3), {}))


def listed(tmp_path, text):
    (tmp_path / "x.tsv").write_text(text)
    return read_table(tmp_path / "x.tsv", LIST)


def test_labels_come_in_the_order_of_the_store_and_an_image_counts_at_its_first_row(
    store, tmp_path
):
    rows = [
        "id\tpath\tlabel\tcountry",
        "a\ta.jpg\t1\tIT",
        "a\ta.jpg\t2\tIT",
        "b\tb.jpg\t\tAT",
        "z\tz.jpg\t3\tDE",
    ]
    number = pl.col("country").rank("dense").alias("number")
    found = join_labels(store, listed(tmp_path, "\n".join(rows) + "\n"), number)
    assert found["id"].to_list() == ["b", "a", "c"]
    assert label_array(found["label"]).tolist() == [-1, 1, -1]
    assert found["listed"].to_list() == [True, True, None]
    assert found["number"].to_list() == [1, 3, None]


def test_the_stores_own_list_gives_what_the_same_list_in_another_order_gives(store, tmp_path):
    head = "id\tpath\tlabel\tcountry\n"
    rows = ["b\tb.jpg\t4\tAT\n", "a\ta.jpg\t\tIT\n", "c\tc.jpg\t1\tAT\n"]
    number = pl.col("country").rank("dense").alias("number")
    own, other = (
        join_labels(store, listed(tmp_path, head + "".join(some)), number)
        for some in (rows, [*reversed(rows), "d\td.jpg\t2\tAT\n"])
    )
    assert own.equals(other)
    assert own.columns == other.columns == ["id", "label", "number", "listed"]
    assert own.schema == other.schema


def test_a_list_without_labels_is_an_error(store, tmp_path):
    table = listed(tmp_path, "id\tpath\na\ta.jpg\n")
    with pytest.raises(DataError, match="no column label; expected a list of labelled images"):
        join_labels(store, table)
