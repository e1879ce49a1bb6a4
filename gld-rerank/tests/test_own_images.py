"""A query's own image is a result if the search kept it, wherever it was among the neighbours."""

import numpy as np
import polars as pl
import pytest
from gld_shared.store import write_store
from gld_shared.tables import read_neighbours
from gld_shared.testing import run

ATTRIBUTES = {"checkpoint": {"path": "random:none", "sha256": "0"}, "history": []}
METHODS = [
    ["expand", "--top", "2"],
    ["propagate", "--graph-k", "4", "--top", "3"],
    ["explore", "--graph-k", "2", "--threshold", "0"],
    ["diffuse", "--top", "2", "--graph-k", "4"],
    ["reciprocal", "--whole", "--k1", "4", "--k2", "3"],
]


@pytest.fixture
def searched(tmp_path):
    """Search images of many lengths in themselves, so that some are far behind for themselves."""
    generator = np.random.default_rng(0)
    vectors = generator.normal(size=(60, 8)) * generator.uniform(0.2, 3, (60, 1))
    store = write_store(
        tmp_path / "s.zarr", [f"i{n:02}" for n in range(60)], vectors.astype(np.float32), ATTRIBUTES
    )

    def search(*options):
        table = tmp_path / "n.tsv"
        done = run(["gld-search", store, "--index", store, "-k", "60", *options, "-o", table])
        assert done.exit_code == 0, done.stderr
        return table

    return search


def reranked(table, method, k):
    """Return the results of each query, best first."""
    out = table.with_name("out.tsv")
    done = run(["gld-rerank", *method, table, "-k", str(k), "-o", out])
    assert done.exit_code == 0, done.stderr
    found = read_neighbours(out).rows
    return dict(found.group_by("query_id").agg("index_id").iter_rows())


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method[0])
def test_fewer_results_are_the_first_of_more(searched, method):
    table = searched("--keep-self")
    own = pl.col("query_id") == pl.col("index_id")
    assert read_neighbours(table).rows.filter(own)["rank"].max() > 20
    many, few = reranked(table, method, 60), reranked(table, method, 5)
    assert few == {query: results[:5] for query, results in many.items()}
    assert all(query in results for query, results in many.items() if len(results) == 60)


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method[0])
def test_an_own_image_that_the_search_left_out_stays_out(searched, method):
    many = reranked(searched(), method, 60)
    assert not any(query in results for query, results in many.items())


def test_the_search_is_found_in_the_history_of_a_chain(searched, tmp_path):
    chained = tmp_path / "chained.tsv"
    command = ["gld-rerank", "expand", searched("--keep-self"), "-k", "3", "-o", chained]
    assert run(command).exit_code == 0
    assert all(query in results for query, results in reranked(chained, ["expand"], 60).items())
