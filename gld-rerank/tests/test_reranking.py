import numpy as np
import polars as pl
import pytest
from gld_rerank import Reranking, expand_queries, landmark_rerank
from gld_rerank.neighbours import open_neighbours
from gld_shared.errors import DataError
from gld_shared.store import open_store
from gld_shared.tables import read_list, read_neighbours
from gld_shared.testing import run, small_list, small_neighbours, small_store

IDS = [f"i{position:02}" for position in range(40)]


@pytest.fixture
def files(tmp_path):
    """A table of neighbours, and its index store."""
    queries = small_store(tmp_path / "q.zarr", ["a", "b"], seed=1)
    index = small_store(tmp_path / "i.zarr", IDS, seed=2)
    return small_neighbours(tmp_path / "n.tsv", queries, index, IDS[:5]), index


def written(command, tmp_path):
    result = run([*command, "-o", tmp_path / "out.tsv"])
    assert result.exit_code == 0, result.stderr
    return read_neighbours(tmp_path / "out.tsv").rows


def test_expand_queries_returns_the_rows_that_the_command_writes(files, tmp_path):
    table, _ = files
    expected = written(["gld-rerank", "expand", table, "--top", "3", "-k", "7"], tmp_path)
    for neighbours in (table, read_neighbours(table)):
        found = pl.concat(expand_queries(neighbours, top=3, k=7).blocks())
        assert found.equals(expected)


def test_landmark_rerank_returns_the_rows_that_the_command_writes(files, tmp_path):
    table, index = files
    labels = small_list(tmp_path / "l.tsv", IDS)
    options = ["--reference", index, "--labels", labels, "--beta", "0.5", "-k", "9"]
    expected = written(["gld-rerank", "landmark", table, *options], tmp_path)
    reranking = landmark_rerank(table, [open_store(index)], read_list(labels), beta=0.5, k=9)
    assert pl.concat(reranking.blocks()).equals(expected)
    paths = [str(read.path) for read in reranking.inputs]
    assert paths == [str(table), str(labels), str(tmp_path / "q.zarr"), str(index), str(index)]


def test_a_custom_method(files):
    table, _ = files

    def last_first(part):
        rows = np.tile(np.arange(3)[::-1], (len(range(1)[part]), 1))
        return np.ones(rows.shape, np.float32), rows

    done = []
    (block,) = Reranking(open_neighbours(table, 1), last_first).blocks(done.append)
    assert block["index_id"].to_list() == ["i02", "i01", "i00"]
    assert done == [1]


def test_a_query_that_is_not_in_its_store_is_named(files, tmp_path):
    table, index = files
    queries = small_store(tmp_path / "other.zarr", ["b"])
    neighbours = read_neighbours(small_neighbours(table, queries, index, IDS[:5]))
    with pytest.raises(DataError) as error:
        open_neighbours(neighbours, 1)
    assert str(error.value) == (
        f"{table}: query 'a' is not in {queries}, which the header names; the table was edited, or "
        "the store made again, so search again"
    )


def test_an_image_that_is_not_in_its_store_is_named(files, tmp_path):
    table, _ = files
    index = small_store(tmp_path / "other.zarr", IDS[1:])
    neighbours = read_neighbours(small_neighbours(table, tmp_path / "q.zarr", index, IDS[:5]))
    with pytest.raises(DataError) as error:
        open_neighbours(neighbours, 1)
    assert str(error.value) == (
        f"{table}: query 'a', rank 1: '{IDS[0]}' is not in {index}, which the header names; the "
        "table was edited, or the store made again, so search again"
    )
