"""Similarities of nodes that no list tells, by their vectors."""

import numpy as np
from gld_shared.compiled import compiled_in_any_order
from gld_shared.search.blocks import Floats, Rows

from gld_rerank.landmark.tagging.nodes import Flags


@compiled_in_any_order
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
    """Fill the ``width`` nearest nodes of each node that is ``wanted`` (m,).

    Node i has the vector ``vector_of[i]`` of ``vectors`` (v, d). See ``nodes.Nodes``.
    """
    for query in range(len(starts) - 1):
        first, end = starts[query], starts[query + 1]
        most = width if width < end - first else end - first
        for node in range(first, end):
            if not wanted[node]:
                continue
            left, count = vector_of[node], 1
            for other in range(first, end):
                if other == node:
                    continue
                right, total = vector_of[other], 0.0
                for at in range(vectors.shape[1]):
                    total += np.float64(vectors[left, at]) * np.float64(vectors[right, at])
                score = np.float32(total)
                place = count
                if count == most:
                    if score <= scores[node, most - 1]:
                        continue
                    place -= 1
                count = place + 1
                while place > 1 and scores[node, place - 1] < score:
                    near[node, place] = near[node, place - 1]
                    scores[node, place] = scores[node, place - 1]
                    place -= 1
                near[node, place], scores[node, place] = other, score
            filled[node] = count
