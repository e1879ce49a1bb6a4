"""The references that are nearest to each query by fused similarity, in batches of queries."""

import numpy as np
from gld_shared.compiled import ThreadScratch
from gld_shared.neighbours import NONE
from gld_shared.search.blocks import Doubles, Floats, Rows
from gld_shared.search.index import Index
from gld_shared.search.threads import cores, in_order
from gld_shared.search.topk import topk

from gld_rerank.landmark.tagging.fused import DEFAULT, Fusion, best_nodes
from gld_rerank.landmark.tagging.lists import Lists, SearchedLists
from gld_rerank.landmark.tagging.nodes import nodes_of

NEIGHBOURHOOD = 30
# Values of vectors that a thread holds at once, at most: 64 MB.
_VALUES = 16_777_216


def best_references(
    queries: Floats,
    references: Index,
    count: int,
    graph: Lists | None = None,
    device: str = "cpu",
    fusion: Fusion = DEFAULT,
    near: tuple[Floats, Rows] | None = None,
) -> tuple[Rows, Doubles]:
    """Find rows and fused similarities of each query's ``count`` best references, at most 30.

    The neighbourhood of a query (q, d) is its 30 nearest references, and the 29 nearest others of
    each. All other references have overlap 0. ``graph`` holds the nearest others of each reference,
    and ``near`` scores and rows (q, 30) of the queries' nearest; without them, they are searched
    for, with the same result. Returns (q, count) each, best first;
    equal ones in the order of rows. Memory: 30 rows of 30 for each query, a number for each
    reference and thread, and 64 MB of vectors a thread. There must be at least 30 references.
    """
    scores, nearest = near or topk(queries, references, NEIGHBOURHOOD, device)
    lists = SearchedLists(np.unique(nearest), references, NEIGHBOURHOOD - 1, graph, device)
    nodes_of_rows = ThreadScratch(references.n, np.int32)
    rows, fused = np.empty((len(queries), count), np.int64), np.empty((len(queries), count))

    def of_batch(start: int) -> None:
        part = slice(start, start + step)
        members, starts = _neighbourhoods(nearest[part], lists)
        distinct, places = np.unique(members, return_inverse=True)
        # Of these vectors, the first are overwritten: joining both would copy all of them.
        room = np.full(len(queries[part]), distinct[0])
        vectors = references.read(np.concatenate([room, distinct]))
        vectors[: len(room)] = queries[part]
        own = _widened(nearest[part], scores[part], lists.width)
        others = lists.take(distinct)
        list_rows = np.concatenate([own[0], others[0]])
        list_scores = np.concatenate([own[1], others[1]])
        places += len(own[0])
        for query in range(len(own[0])):
            of = slice(starts[query], starts[query + 1])
            nodes = nodes_of(
                vectors,
                list_rows,
                list_scores,
                query,
                members[of],
                places[of],
                nodes_of_rows.zeros(),
                fusion.k1 + 1,
            )
            best, fused[start + query] = best_nodes(nodes, fusion, count)
            rows[start + query] = members[of][best - 1]

    most = NEIGHBOURHOOD * NEIGHBOURHOOD + 1
    step = max(1, _VALUES // (most * max(1, queries.shape[1])))
    for _ in in_order(of_batch, range(0, len(queries), step), cores()):
        pass
    return rows, fused


def _neighbourhoods(nearest: Rows, lists: SearchedLists) -> tuple[Rows, Rows]:
    """Return the members of each query's neighbourhood, ascending, and where each one starts."""
    others, _ = lists.take(nearest.ravel())
    others = others[:, : NEIGHBOURHOOD - 1].reshape(len(nearest), -1)
    every = np.sort(np.concatenate([nearest, others], axis=1), axis=1)
    # NONE is the lowest.
    is_first = np.diff(every, axis=1, prepend=NONE) != 0
    return every[is_first], np.append(0, np.cumsum(np.count_nonzero(is_first, axis=1)))


def _widened(rows: Rows, scores: Floats, width: int) -> tuple[Rows, Floats]:
    """Cut lists (m, l) to a width, or fill them up with none."""
    cut = rows[:, :width]
    missing = [(0, 0), (0, width - cut.shape[1])]
    return np.pad(cut, missing, constant_values=NONE), np.pad(scores[:, :width], missing)
