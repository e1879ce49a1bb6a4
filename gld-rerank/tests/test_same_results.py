"""Results that depend neither on threads nor on the order of a table's queries."""

import numpy as np
import polars as pl
import pytest
from gld_rerank import reciprocal_rerank, superglobal_rerank
from gld_rerank.reciprocal import rerank as reciprocal
from gld_rerank.superglobal import rerank as superglobal
from gld_shared.store import write_store
from gld_shared.tables import NEIGHBOURS, read_neighbours, write_table
from gld_shared.testing import run
from threadpoolctl import ThreadpoolController

CHECKPOINT = {"checkpoint": {"path": "random:none", "sha256": "0"}, "history": []}


def unit(vectors):
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """Neighbours of 48 queries, of which 8 each are copies, among 120 images of 6 landmarks."""
    folder, generator = tmp_path_factory.mktemp("copies"), np.random.default_rng(3)
    landmarks = unit(generator.normal(size=(6, 64)))
    images = landmarks[np.arange(120) % 6] + 0.12 * generator.normal(size=(120, 64))
    queries = np.tile(landmarks + 0.12 * generator.normal(size=(6, 64)), (8, 1))
    for name, vectors in (("q", unit(queries)), ("i", unit(images))):
        ids = [f"{name}{row:03}" for row in range(len(vectors))]
        write_store(folder / f"{name}.zarr", ids, vectors, CHECKPOINT, "float32")
    stores = [folder / "q.zarr", "--index", folder / "i.zarr"]
    result = run(["gld-search", *stores, "-o", folder / "n.tsv"])
    assert result.exit_code == 0, result.stderr
    return folder / "n.tsv"


def reversed_queries(table):
    """Write the table with its last query first."""
    found = read_neighbours(table)
    blocks = found.rows.partition_by("query_id", maintain_order=True)
    path = table.with_name("reversed.tsv")
    write_table(path, NEIGHBOURS, pl.concat(blocks[::-1]), found.header)
    return path


@pytest.mark.parametrize(
    "method",
    [
        ["expand"],
        ["superglobal"],
        ["diffuse"],
        ["explore", "--through-queries"],
        ["propagate"],
        ["reciprocal"],
        ["reciprocal", "--whole", "--k1", "12", "--k2", "4"],
    ],
)
def test_the_order_of_queries_in_the_table_does_not_count(table, method):
    results = []
    for name in (table, reversed_queries(table)):
        output = table.with_name("reranked.tsv")
        result = run(["gld-rerank", *method, name, "-q", "-o", output])
        assert result.exit_code == 0, result.stderr
        results.append(read_neighbours(output).rows.sort("query_id", "rank"))
    assert results[0].equals(results[1])


@pytest.mark.parametrize(
    ("rerank", "module", "computed"),
    [
        (reciprocal_rerank, reciprocal, "distances_of"),
        (superglobal_rerank, superglobal, "refined_similarities"),
    ],
)
def test_products_are_of_one_thread(table, monkeypatch, rerank, module, computed):
    """BLAS splits a product where its threads meet, which changes the last bits there."""
    blas = ThreadpoolController().select(user_api="blas")
    compute, seen = getattr(module, computed), set()

    def threads():
        return {each["num_threads"] for each in blas.info() if "numpy" in each["filepath"]}

    def noting(*arguments):
        seen.update(threads())
        return compute(*arguments)

    monkeypatch.setattr(module, computed, noting)
    with blas.limit(limits=2):
        assert threads() == {2}
        for _ in rerank(table).blocks():
            pass
        assert threads() == {2}
    assert seen == {1}
