"""The references that are nearest to each query by fused similarity, in batches of queries."""

from dataclasses import dataclass

import numpy as np
from gld_shared.neighbours import NONE
from gld_shared.search.blocks import Doubles, Floats, Rows
from gld_shared.search.index import Index
from gld_shared.search.threads import cores, in_order
from gld_shared.search.topk import topk

from gld_rerank.compiled import ThreadScratch
from gld_rerank.landmark.tagging.batch import best_of_batch
from gld_rerank.landmark.tagging.lists import Lists, SearchedLists

NEIGHBOURHOOD = 30
K1, K2, BALANCE = 10, 3, 0.5
# Values of vectors that a thread holds at once, at most: 64 MB.
_VALUES = 16_777_216


@dataclass(frozen=True)
class Fusion:
    """The settings of fused similarity.

    ``k1`` neighbours are reciprocal, the weights of ``k2`` are averaged, and ``balance`` is the
    part of the plain distance.
    """

    k1: int = K1
    k2: int = K2
    balance: float = BALANCE


DEFAULT = Fusion()


def best_references(
    queries: Floats,
    references: Index,
    count: int,
    graph: Lists | None = None,
    device: str = "cpu",
    fusion: Fusion = DEFAULT,
) -> tuple[Rows, Doubles]:
    """Find rows and fused similarities of each query's ``count`` best references, at most 30.

    The neighbourhood of a query (q, d) is its 30 nearest references, and the 29 nearest others of
    each. All other references have overlap 0. ``graph`` holds the nearest others of each reference;
    without it, they are searched for, with the same result. Returns (q, count) each, best first;
    equal ones in the order of rows. Memory: 30 rows of 30 for each query, a number for each
    reference and thread, and 64 MB of vectors a thread. There must be at least 30 references.
    """
    scores, nearest = topk(queries, references, NEIGHBOURHOOD, device)
    lists = SearchedLists(np.unique(nearest), references, NEIGHBOURHOOD - 1, graph, device)
    nodes_of = ThreadScratch(references.n, np.int32)
    rows, fused = np.empty((len(queries), count), np.int64), np.empty((len(queries), count))

    def of_batch(start: int) -> None:
        part = slice(start, start + step)
        members, ends = _neighbourhoods(nearest[part], lists)
        distinct, places = np.unique(members, return_inverse=True)
        vectors = np.concatenate([queries[part], references.read(distinct)])
        own = _widened(nearest[part], scores[part], lists.width)
        others = lists.take(distinct)
        best_of_batch(
            np.ascontiguousarray(vectors, np.float32),
            np.concatenate([own[0], others[0]]),
            np.concatenate([own[1], others[1]]),
            members,
            len(nearest[part]) + places,
            ends,
            nodes_of.zeros(),
            fusion.k1,
            fusion.k2,
            fusion.balance,
            rows[part],
            fused[part],
        )

    most = NEIGHBOURHOOD * NEIGHBOURHOOD + 1
    step = max(1, _VALUES // (most * max(1, queries.shape[1])))
    for _ in in_order(of_batch, range(0, len(queries), step), cores()):
        pass
    return rows, fused


def _neighbourhoods(nearest: Rows, lists: SearchedLists) -> tuple[Rows, Rows]:
    """Return the members of each query's neighbourhood, ascending, and where each one ends."""
    others, _ = lists.take(nearest.ravel())
    others = others[:, : NEIGHBOURHOOD - 1].reshape(len(nearest), -1)
    found = [np.unique(row) for row in np.concatenate([nearest, others], axis=1)]
    found = [row[row != NONE] for row in found]
    return np.concatenate(found), np.cumsum([len(row) for row in found])


def _widened(rows: Rows, scores: Floats, width: int) -> tuple[Rows, Floats]:
    """Cut lists (m, l) to a width, or fill them up with none."""
    cut = rows[:, :width]
    missing = [(0, 0), (0, width - cut.shape[1])]
    return np.pad(cut, missing, constant_values=NONE), np.pad(scores[:, :width], missing)
