"""Similarities of nodes that no list tells, by their vectors."""

import numpy as np
import numpy.typing as npt
from gld_shared.compiled import compiled, compiled_sums
from gld_shared.search.blocks import Floats, Rows

Flags = npt.NDArray[np.bool_]


@compiled_sums
def product(vectors: Floats, left: int, right: int) -> float:
    """Sum the products of two vectors in float64, and round the sum to float32."""
    total = 0.0
    for place in range(vectors.shape[1]):
        total += np.float64(vectors[left, place]) * np.float64(vectors[right, place])
    return np.float32(total)  # type: ignore[return-value] # numba's float32


@compiled
def compare_with_queries(starts: Rows, vectors: Floats, vector_of: Rows, to_query: Floats) -> None:
    """Compute each node's similarity to its query, ``to_query`` (m,).

    Node i has the vector ``vector_of[i]`` of ``vectors`` (v, d). See ``nodes.Nodes``.
    """
    for query in range(len(starts) - 1):
        for node in range(starts[query], starts[query + 1]):
            to_query[node] = product(vectors, vector_of[starts[query]], vector_of[node])


@compiled
def compare_with_all(
    starts: Rows,
    vectors: Floats,
    vector_of: Rows,
    wanted: Flags,
    width: int,
    near: Rows,
    scores: Floats,
    filled: Rows,
) -> None:
    """Fill the ``width`` nearest nodes of each node that is ``wanted`` (m,)."""
    for query in range(len(starts) - 1):
        first, end = starts[query], starts[query + 1]
        most = min(width, end - first)
        for node in range(first, end):
            if not wanted[node]:
                continue
            count = 1
            for other in range(first, end):
                if other == node:
                    continue
                score = product(vectors, vector_of[node], vector_of[other])
                if count == most and score <= scores[node, most - 1]:
                    continue
                place = count if count < most else most - 1
                while place > 1 and scores[node, place - 1] < score:
                    near[node, place] = near[node, place - 1]
                    scores[node, place] = scores[node, place - 1]
                    place -= 1
                near[node, place], scores[node, place] = other, score
                count += count < most
            filled[node] = count
