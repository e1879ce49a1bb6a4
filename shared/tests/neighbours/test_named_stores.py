"""The stores that a header names are those that its history read."""

import polars as pl
import pytest
from gld_shared.errors import DataError
from gld_shared.neighbours import open_ranking, read_ranked
from gld_shared.tables import NEIGHBOURS, write_table
from gld_shared.testing import small_store


def test_a_store_that_the_history_did_not_read(tmp_path, search):
    found, path, other = search(), tmp_path / "n.zarr", tmp_path / "other.zarr"
    small_store(other, found.index.ids[:], seed=7)
    found.as_zarr(path, index=[str(other)])
    with pytest.raises(DataError) as error:
        read_ranked(path)
    assert str(error.value) == (
        f"{path}: names the index store {other}, which no step of its history read; "
        "restore the header, or search again"
    )


def test_a_table_of_another_program_may_have_no_history(tmp_path, search):
    found, path = search(), tmp_path / "n.tsv"
    with open_ranking(found.as_zarr(tmp_path / "n.zarr")) as ranking:
        rows = pl.concat(ranking.blocks())
    write_table(path, NEIGHBOURS, rows, {**found.header, "history": []})
    assert (read_ranked(path).rows == found.rows).all()
