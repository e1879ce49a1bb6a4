"""Exact search at the size of the competition's validation: 1,129 queries, 78,959 images."""

import numpy as np
from gld_shared.search.topk import topk_arrays
from measure import LIMIT, OURS, PLAIN, Benchmark

QUERIES, IMAGES, DIMENSION, K = 1_129, 78_959, 512, 100
BLOCK = 16_384


def benchmark() -> Benchmark:
    """Find the top 100 of random unit vectors, with all the cores that the libraries use."""
    queries, images = _unit(QUERIES, 0), _unit(IMAGES, 1)
    return Benchmark(
        "search",
        "queries",
        QUERIES,
        {
            OURS: lambda: topk_arrays(queries, images, K),
            PLAIN: lambda: _plain(queries, images),
            LIMIT: lambda: _product_only(queries, images),
        },
        {
            OURS: "gld_shared.search.topk",
            PLAIN: "numpy: whole matrix of similarities, then argsort of its rows",
            LIMIT: f"numpy: the matrix product alone, in blocks of {BLOCK:,} rows",
        },
    )


def _unit(count: int, seed: int) -> np.ndarray:
    vectors = np.random.default_rng(seed).standard_normal((count, DIMENSION), dtype=np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def _plain(queries: np.ndarray, images: np.ndarray) -> np.ndarray:
    return np.argsort(-(queries @ images.T), axis=1)[:, :K]


def _product_only(queries: np.ndarray, images: np.ndarray) -> None:
    product = np.empty((len(queries), BLOCK), np.float32)
    for start in range(0, len(images), BLOCK):
        block = images[start : start + BLOCK]
        if len(block) == BLOCK:
            np.matmul(queries, block.T, out=product)
        else:
            queries @ block.T
