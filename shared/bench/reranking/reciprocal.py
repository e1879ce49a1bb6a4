"""gld-rerank reciprocal on given lists of neighbours, against the recipe's loops."""

import shutil
import time
from collections.abc import Iterator
from functools import cache

import numpy as np
from gld_rerank.graph.joint import JointGraph
from gld_rerank.reciprocal.whole_index import WholeIndex
from measure import OURS, PLAIN, Benchmark, Seconds
from storing.stores import make_folder

from reranking.clusters import clustered_graph
from reranking.recipe_reciprocal import jaccard_distances

QUERIES, K1, K2 = 1_000, 20, 6
SIZES = (2_000, 5_000, 11_000)


def benchmark() -> Iterator[Benchmark]:
    """Compute the Jaccard distances of 1,000 queries to themselves and up to 10,000 images."""
    return (of_size(images) for images in SIZES)


def of_size(images: int) -> Benchmark:
    """Compute the distances of 1,000 queries to themselves and the other images."""
    folder = make_folder()
    graph = clustered_graph(folder, images, QUERIES)

    @cache
    def recipe() -> Seconds:
        """Run once: it takes long, and there is nothing to warm up."""
        vectors = graph.read(slice(0, images))
        distances = (1 - vectors @ vectors.T) / 2
        ranks = np.hstack([np.arange(images)[:, None], graph.graph.nodes])
        started = time.perf_counter()
        found = jaccard_distances(distances, ranks, QUERIES, K1, K2)
        elapsed = Seconds(time.perf_counter() - started)
        check(found, graph)
        return elapsed

    return Benchmark(
        f"reciprocal {images:,}",
        "queries",
        QUERIES,
        {OURS: lambda: distances_of_queries(graph, QUERIES), PLAIN: recipe},
        {
            OURS: "gld_rerank.reciprocal: sparse rows in compiled loops, distances from a store",
            PLAIN: "the recipe's loops over dense matrices, distances given",
        },
        {(OURS, PLAIN): 20 if images == SIZES[-1] else 1},
        lambda: shutil.rmtree(folder),
    )


def distances_of_queries(graph: JointGraph, queries: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Encode all images, and compare each query with those that share its neighbours."""
    return WholeIndex(graph, K1, K2).sharing_images(np.arange(queries))


def check(expected: np.ndarray, graph: JointGraph) -> None:
    """Check that both ways agree."""
    for row, (images, distances) in zip(
        expected, distances_of_queries(graph, len(expected)), strict=True
    ):
        dense = np.ones(len(row))
        dense[images] = distances
        np.testing.assert_allclose(row, dense, atol=1e-5)
