"""A query's own image is a result if the search kept it, wherever it was among the neighbours."""

import numpy as np
import polars as pl
import pytest
from gld_shared.store import write_store
from gld_shared.tables import NEIGHBOURS, read_neighbours, write_table
from gld_shared.testing import run, small_list

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
def test_fewer_results_of_a_table_by_another_program(searched, method):
    table = searched("--keep-self")
    found = read_neighbours(table)
    header = {key: found.header[key] for key in ("queries", "index")}
    write_table(table, NEIGHBOURS, found.rows, header)
    many, few = reranked(table, method, 60), reranked(table, method, 5)
    assert few == {query: results[:5] for query, results in many.items()}
    assert all(query in results for query, results in many.items() if len(results) == 60)


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method[0])
def test_an_own_image_that_the_search_left_out_stays_out(searched, method):
    many = reranked(searched(), method, 60)
    assert not any(query in results for query, results in many.items())


def test_a_chain_keeps_what_its_first_search_kept(searched, tmp_path):
    chained = tmp_path / "chained.tsv"
    command = ["gld-rerank", "expand", searched("--keep-self"), "-k", "3", "-o", chained]
    assert run(command).exit_code == 0
    assert all(query in results for query, results in reranked(chained, ["expand"], 60).items())


def test_a_fusion_keeps_what_any_of_its_tables_keeps(searched, tmp_path):
    kept, fused = searched("--keep-self").rename(tmp_path / "kept.tsv"), tmp_path / "fused.tsv"
    assert run(["gld-rerank", "fuse", searched(), kept, "-o", fused]).exit_code == 0
    many, few = reranked(fused, ["expand"], 60), reranked(fused, ["expand", "--top", "1"], 60)
    assert all(query in many[query] and query in few[query] for query in many)


def test_tags_that_keep_own_images_are_no_neighbours_that_do(searched, tmp_path):
    """A search of references that are the index itself, for the votes of landmark."""
    table, chained, tags = searched(), tmp_path / "chained.tsv", tmp_path / "tags.zarr"
    store = tmp_path / "s.zarr"
    search = ["gld-search", store, "--index", store, "--keep-self", "-k", "30", "-o", tags]
    assert run(search).exit_code == 0
    labels = small_list(tmp_path / "l.tsv", [f"i{n:02}" for n in range(60)])
    command = ["gld-rerank", "landmark", table, "--reference", store, "--labels", labels]
    assert run([*command, "--query-tags", tags, "-o", chained]).exit_code == 0
    results = reranked(chained, ["expand"], 60)
    assert not any(query in found for query, found in results.items())


def test_neighbours_of_an_older_release_tell_by_the_arguments_of_their_search(searched):
    table = searched("--keep-self")
    text = table.read_text()
    assert text.count(', "keep_self": true') == 1
    table.write_text(text.replace(', "keep_self": true', ""))
    found = reranked(table, ["expand", "--top", "1"], 60)
    assert all(query in results for query, results in found.items())
