"""gld-rerank landmark: the votes on queries, and the whole rerank, against the recipe's loops."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from gld_rerank.landmark.given.reference_graph import GraphLists
from gld_rerank.landmark.inputs import open_inputs
from gld_rerank.landmark.references import references_of
from gld_rerank.landmark.rerank import landmark_rerank
from gld_rerank.landmark.tagging.best import best_references
from gld_shared.neighbours import open_graph
from gld_shared.search.topk import topk
from gld_shared.tables import read_list
from measure import LIMIT, OURS, PLAIN, Benchmark, Seconds

from reranking.landmarks import (
    IMAGES,
    INDEX,
    LANDMARKS,
    QUERIES,
    REGIONS,
    Landmarks,
    make_landmarks,
    some_rows,
)
from reranking.recipe_tagging import tag_query

BLOCK = 16_384
# Regions, each of 800 references, and images of the index.
SIZES = ((REGIONS // 100, INDEX // 100), (REGIONS // 10, INDEX // 10), (REGIONS, INDEX))
# Queries of the recipe's loops, and of our own search without a graph: the rest is computed.
LOOPED, SEARCHED = 4, 64
# What is computed on the way is measured on part of the queries and of the index.
FEW_QUERIES, FEW_IMAGES = 256, 8_192
WITHOUT, PRODUCTS = "no graph", "all products"


def benchmark() -> Iterator[Benchmark]:
    """Vote on 1,129 queries with up to 400,000 references, and rerank up to 78,959 images."""
    for regions, index in SIZES:
        made = make_landmarks(regions, index)
        try:
            yield _tagging(made)
            if regions == REGIONS:
                yield from (bench(made) for bench in (_given, _all_given, _computed))
        finally:
            made.close()


def of_size(references: int) -> Benchmark:
    """Vote on 1,129 queries with so many references."""
    made = make_landmarks(references // (LANDMARKS * IMAGES), FEW_IMAGES)
    return replace(_tagging(made), close=made.close)


def _tagging(made: Landmarks) -> Benchmark:
    references = references_of(made.references, read_list(made.labels))
    graph = GraphLists(open_graph(made.graph, made.references, 30), references)
    queries = made.queries.read(slice(0, made.queries.n))
    whole = torch.from_numpy(made.references.read(slice(0, made.references.n)))

    def ours() -> None:
        best_references(queries, made.references, 3, graph)

    def searched() -> Seconds:
        started = time.perf_counter()
        best_references(queries[:SEARCHED], made.references, 3)
        return Seconds((time.perf_counter() - started) * len(queries) / SEARCHED)

    def recipe() -> Seconds:
        started = time.perf_counter()
        for query in queries[:LOOPED]:
            tag_query(query, whole)
        return Seconds((time.perf_counter() - started) * len(queries) / LOOPED)

    variants = {
        OURS: ours,
        WITHOUT: searched,
        PLAIN: recipe,
        LIMIT: partial(_products, queries, [whole.numpy()]),
    }
    notes = {
        OURS: "with the graph of the references",
        WITHOUT: f"without a graph, computed from {SEARCHED} queries",
        PLAIN: f"the recipe's loops, computed from {LOOPED} queries",
        LIMIT: "torch: the fp32 product of queries and references alone",
    }
    goals = {(OURS, PLAIN): 50.0, (WITHOUT, PLAIN): 2.0}
    name = f"landmark votes {made.references.n:,}"
    return Benchmark(name, "queries", len(queries), variants, notes, goals)


def _given(made: Landmarks) -> Benchmark:
    queries, index, references = (
        store.read(slice(0, store.n)) for store in (made.queries, made.index, made.references)
    )
    variants = {
        OURS: partial(_rerank, made, tags=[made.tags], graphs=[made.graph]),
        PRODUCTS: partial(_products, queries, [index, references]),
    }
    notes = {
        OURS: "landmark_rerank with tags and graph given, from mapped stores to the table",
        PRODUCTS: "torch: the fp32 products of queries with index and references",
    }
    goals = {(OURS, PRODUCTS): 1 / 1.5}
    name = f"landmark {made.index.n:,}, tags and graph given"
    return Benchmark(name, "queries", made.queries.n, variants, notes, goals)


def _all_given(made: Landmarks) -> Benchmark:
    queries, index = (store.read(slice(0, store.n)) for store in (made.queries, made.index))
    given = {"tags": [made.tags], "query_tags": [made.query_tags], "graphs": [made.graph]}
    variants = {
        OURS: partial(_rerank, made, **given),
        LIMIT: partial(_products, queries, [index]),
    }
    notes = {
        OURS: "landmark_rerank with tags of index and queries and graph given, as above",
        LIMIT: "torch: the fp32 product of queries and index alone",
    }
    name = f"landmark {made.index.n:,}, all given"
    return Benchmark(name, "queries", made.queries.n, variants, notes, {(OURS, LIMIT): 1 / 1.5})


def _computed(made: Landmarks) -> Benchmark:
    few = replace(
        made,
        queries=some_rows(made.queries, FEW_QUERIES),
        index=some_rows(made.index, FEW_IMAGES),
    )
    references = made.references.read(slice(0, made.references.n))
    queries, index = (store.read(slice(0, store.n)) for store in (few.queries, few.index))
    near = references[np.unique(topk(queries, made.references, 30)[1])]
    products = [np.concatenate([queries, index, near]), [references]]

    def unavoidable() -> None:
        _products(queries, [index])
        _products(*products)

    variants = {OURS: partial(_rerank, few), LIMIT: unavoidable}
    notes = {
        OURS: "landmark_rerank without tags and graph",
        LIMIT: "torch: the fp32 products of queries and index, and of the references with queries, "
        f"index and the {len(near):,} references near queries",
    }
    goals = {(OURS, LIMIT): 1 / 1.3}
    name = f"landmark {few.index.n:,}, all computed"
    return Benchmark(name, "queries", few.queries.n, variants, notes, goals)


def _rerank(made: Landmarks, **given: Sequence[Path]) -> None:
    # Opened again, as a command does: what was read before is checked again.
    opened = open_inputs(made.neighbours, [made.references.path], made.labels)
    reranking = landmark_rerank(*opened, k=100, **given)
    rows = sum(block.height for block in reranking.blocks())
    assert rows == 100 * made.queries.n


def _products(left: np.ndarray, right: Sequence[np.ndarray]) -> None:
    queries = torch.from_numpy(left)
    for vectors in right:
        every = torch.from_numpy(vectors)
        for start in range(0, len(queries), QUERIES):
            part = queries[start : start + QUERIES]
            product = torch.empty(len(part), BLOCK)
            for first in range(0, len(every), BLOCK):
                block = every[first : first + BLOCK]
                torch.mm(part, block.T, out=product[:, : len(block)])
