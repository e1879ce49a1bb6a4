"""Ranking the neighbourhoods of some queries, with as little as decides it."""

from dataclasses import dataclass

import numpy as np
from gld_shared.neighbours import NONE
from gld_shared.search.blocks import Floats, Rows
from gld_shared.search.exact_scores import pair_products
from gld_shared.search.index import Index

from gld_rerank.landmark.tagging.comparing import compare_with_all
from gld_rerank.landmark.tagging.fused import Best, FusedSimilarity, rank_nodes
from gld_rerank.landmark.tagging.lists import SearchedLists
from gld_rerank.landmark.tagging.nodes import Ints, nodes_from_lists
from gld_rerank.landmark.tagging.overlaps import overlaps_of


@dataclass(frozen=True)
class Batch:
    """Some queries (q, d), and the rows and scores (q, l) of the references nearest to each."""

    queries: Floats
    nearest: Rows
    scores: Floats

    def some(self, which: Rows) -> "Batch":
        """Return the batch of some of these queries."""
        return Batch(self.queries[which], self.nearest[which], self.scores[which])


def rank_by_lists(
    batch: Batch, lists: SearchedLists, node_of: Ints, fusion: FusedSimilarity, count: int
) -> Best:
    """Rank the nearest references of each query by their lists alone.

    That decides queries whose neighbours are neighbours of each other; all others are open.
    """
    shape = len(batch.nearest), batch.nearest.shape[1] + 1
    order = np.argsort(batch.nearest, axis=1)
    rows, to_query = np.full(shape, NONE, np.int64), np.ones(shape, np.float32)
    rows[:, 1:] = np.take_along_axis(batch.nearest, order, axis=1)
    to_query[:, 1:] = np.take_along_axis(batch.scores, order, axis=1)
    # All of these are in the neighbourhood; of a longer list, the rest may not be.
    found = np.full((*shape, shape[1] - 1), NONE, np.int64)
    found_scores = np.zeros(found.shape, np.float32)
    found[:, 0], found_scores[:, 0] = batch.nearest, batch.scores
    places = np.searchsorted(lists.wanted, rows[:, 1:])
    found[:, 1:, :-1] = lists.rows[places, : shape[1] - 2]
    found_scores[:, 1:, :-1] = lists.scores[places, : shape[1] - 2]
    nodes = nodes_from_lists(
        np.arange(shape[0] + 1) * shape[1], rows.ravel(), to_query.ravel(),
        found.reshape(-1, shape[1] - 1), found_scores.reshape(-1, shape[1] - 1), node_of, False,
    )  # fmt: skip
    none = np.empty((0, batch.queries.shape[1]), np.float32)
    overlaps = overlaps_of(nodes, none, nodes.rows, fusion.k1, fusion.k2)
    return rank_nodes(nodes, overlaps, batch.scores[:, -1], fusion, count)


def rank_by_vectors(
    batch: Batch,
    lists: SearchedLists,
    references: Index,
    node_of: Ints,
    fusion: FusedSimilarity,
    count: int,
) -> Best:
    """Rank the whole neighbourhood of each query, by lists and by vectors where these end."""
    members, starts = _neighbourhoods(batch.nearest, lists)
    distinct, places = np.unique(members, return_inverse=True)
    size = len(batch.queries)
    # Of these vectors, the first are overwritten: joining both would copy all of them.
    vectors = references.read(np.concatenate([np.full(size, distinct[0]), distinct]))
    vectors[:size] = batch.queries
    own = np.arange(size)
    rows = np.insert(members, starts[:-1], NONE)
    vector_of = np.insert(places + size, starts[:-1], own)
    starts += np.arange(size + 1)
    of_queries = np.repeat(own, np.diff(starts))
    to_query = pair_products(vectors, of_queries, vectors, vector_of).astype(np.float32)
    of_others, other_scores = lists.take(distinct)
    width = max(of_others.shape[1], batch.nearest.shape[1])
    found = np.full((len(rows), width), NONE, np.int64)
    found_scores = np.zeros(found.shape, np.float32)
    is_query = rows == NONE
    found[is_query, : batch.nearest.shape[1]] = batch.nearest
    found_scores[is_query, : batch.nearest.shape[1]] = batch.scores
    found[~is_query, : of_others.shape[1]] = of_others[places]
    found_scores[~is_query, : of_others.shape[1]] = other_scores[places]
    nodes = nodes_from_lists(starts, rows, to_query, found, found_scores, node_of, True)
    while True:
        overlaps = overlaps_of(nodes, vectors, vector_of, fusion.k1, fusion.k2)
        best = rank_nodes(nodes, overlaps, None, fusion, count)
        if not best.wanted.any():
            return best
        compare_with_all(
            starts, vectors, vector_of, best.wanted, fusion.k1 + 1,
            nodes.near, nodes.scores, nodes.filled,
        )  # fmt: skip


def _neighbourhoods(nearest: Rows, lists: SearchedLists) -> tuple[Rows, Rows]:
    """Return the members of each query's neighbourhood, ascending, and where each one starts.

    They are its nearest references (q, l), and l - 1 of the nearest others of each.
    """
    others = lists.rows[np.searchsorted(lists.wanted, nearest), : nearest.shape[1] - 1]
    every = np.concatenate([nearest, others.reshape(len(nearest), -1)], axis=1)
    every.sort(axis=1)
    # NONE is the lowest.
    is_first = np.diff(every, axis=1, prepend=NONE) != 0
    return every[is_first], np.append(0, np.cumsum(np.count_nonzero(is_first, axis=1)))
