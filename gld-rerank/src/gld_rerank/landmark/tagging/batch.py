"""Fused similarity for a batch of queries, each with its own neighbourhood."""

import numpy as np
from gld_shared.search.blocks import Doubles, Floats, Rows

from gld_rerank.compiled import compiled
from gld_rerank.landmark.tagging.encoding import Encoding
from gld_rerank.landmark.tagging.fused import best_nodes
from gld_rerank.landmark.tagging.nodes import Ints, Nodes, product


@compiled
def best_of_batch(
    vectors: Floats,
    lists: Rows,
    list_scores: Floats,
    members: Rows,
    member_places: Rows,
    ends: Rows,
    node_of: Ints,
    k1: int,
    k2: int,
    balance: float,
    rows: Rows,
    fused: Doubles,
) -> None:
    """Find rows and fused similarities of the best references of b queries, (b, k) each.

    ``vectors`` (v, d) are first the queries, then references; ``lists`` (v, l) are their nearest
    references, ``list_scores`` the scores. The neighbourhood of query i is
    ``members[ends[i - 1] : ends[i]]``, ascending, and ``member_places`` where in ``vectors`` it is.
    ``node_of`` (n,) is scratch, all 0.
    """
    start = np.int64(0)
    for query in range(len(rows)):
        first, start = start, ends[query]
        count = start - first + 1
        places, to_query = np.empty(count, np.int64), np.empty(count, np.float32)
        places[0] = query
        for node in range(1, count):
            places[node] = member_places[first + node - 1]
            to_query[node] = product(vectors, query, places[node])
            node_of[members[first + node - 1]] = node
        width, narrow = min(k1 + 1, count), min(round(k1 / 2) + 1, count)
        nodes = Nodes(
            vectors,
            places,
            lists,
            list_scores,
            node_of,
            to_query,
            np.empty((count, width), np.int64),
            np.empty((count, width), np.float32),
            np.zeros(count, np.int64),
        )
        most = 1 + count * min(count, width * (narrow + 1))
        encoding = Encoding(
            np.zeros(count, np.int64),
            np.zeros(count, np.int64),
            np.empty(most, np.int64),
            np.empty(most, np.float64),
            np.ones(1, np.int64),
            np.zeros(count, np.int64),
        )
        best = np.empty(rows.shape[1], np.int64)
        best_nodes(nodes, encoding, narrow, min(k2, width), balance, best, fused[query])
        for place in range(len(best)):
            rows[query, place] = members[first + best[place] - 1]
        for place in range(first, start):
            node_of[members[place]] = 0
