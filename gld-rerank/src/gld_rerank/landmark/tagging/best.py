"""The references that are nearest to each query by fused similarity, in batches of queries."""

import numpy as np
from gld_shared.compiled import ThreadScratch
from gld_shared.search.blocks import Doubles, Floats, Rows
from gld_shared.search.index import Index
from gld_shared.search.threads import cores, in_order
from gld_shared.search.topk import topk
from gld_shared.store.distinct_rows import distinct_rows

from gld_rerank.landmark.tagging.batch import Batch, rank_by_lists, rank_by_vectors
from gld_rerank.landmark.tagging.fused import DEFAULT_FUSED, FusedSimilarity
from gld_rerank.landmark.tagging.lists import Lists, SearchedLists

NEIGHBOURHOOD = 30
# Values of vectors that a thread holds at once, at most: 64 MB.
_VALUES = 16_777_216


def best_references(
    queries: Floats,
    references: Index,
    count: int,
    graph: Lists | None = None,
    device: str = "cpu",
    fusion: FusedSimilarity = DEFAULT_FUSED,
    near: tuple[Floats, Rows] | None = None,
) -> tuple[Rows, Doubles]:
    """Find rows and fused similarities of each query's ``count`` best references, at most 30.

    The neighbourhood of a query (q, d) is its 30 nearest references, and the 29 nearest others of
    each. All other references have overlap 0. ``graph`` holds the nearest others of each reference,
    and ``near`` scores and rows (q, 30) of the queries' nearest; without them, they are searched
    for, with the same result. Returns (q, count) each, best first;
    equal ones in the order of rows. Memory: 30 lists of 30 for each query, a number for each
    reference and thread, and 64 MB of vectors a thread. There must be at least 30 references.
    """
    scores, nearest = near or topk(queries, references, NEIGHBOURHOOD, device)
    whole = Batch(queries, nearest, scores)
    wanted, _ = distinct_rows(nearest.ravel(), references.n)
    lists = SearchedLists(wanted, references, NEIGHBOURHOOD - 1, graph, device)
    nodes_of_rows = ThreadScratch(references.n, np.int32)
    rows, fused = np.empty((len(queries), count), np.int64), np.empty((len(queries), count))

    def of_batch(start: int) -> None:
        part = np.arange(start, min(start + step, len(queries)))
        node_of = nodes_of_rows.zeros()
        best = rank_by_lists(whole.some(part), lists, node_of, fusion, count)
        rows[part], fused[part] = best.rows, best.fused
        rest = part[best.open]
        if len(rest):
            best = rank_by_vectors(whole.some(rest), lists, references, node_of, fusion, count)
            rows[rest], fused[rest] = best.rows, best.fused

    most = NEIGHBOURHOOD * NEIGHBOURHOOD + 1
    step = max(1, _VALUES // (most * max(1, queries.shape[1])))
    for _ in in_order(of_batch, range(0, len(queries), step), cores()):
        pass
    return rows, fused
