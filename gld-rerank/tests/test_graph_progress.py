"""The methods on the graph report all the work that their commands' bars stand for."""

import numpy as np
import pytest
from gld_rerank import (
    diffusion_rerank,
    explore_rerank,
    propagate_features,
    reciprocal_rerank_index,
)

IMAGES, QUERIES, ROUNDS = 40, 3, 2


@pytest.mark.parametrize(
    ("method", "total"),
    [
        (explore_rerank, IMAGES),
        (diffusion_rerank, IMAGES),
        (reciprocal_rerank_index, 2 * IMAGES + QUERIES),
        (propagate_features, IMAGES + ROUNDS * (IMAGES + QUERIES)),
    ],
)
def test_progress_ends_at_the_total(searched, method, total):
    vectors = np.random.default_rng(0).normal(size=(IMAGES + QUERIES, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    counts = []
    method(searched(vectors[:QUERIES], vectors[QUERIES:]), advance=counts.append)
    assert sum(counts) == total and min(counts) > 0
