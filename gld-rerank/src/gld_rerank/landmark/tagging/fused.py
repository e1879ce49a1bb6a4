"""The best references of queries by similarity fused with the overlap of weights."""

from dataclasses import dataclass

import numpy as np
from gld_shared.search.blocks import Doubles, Floats, Rows

from gld_rerank.landmark.tagging.nodes import Flags, Nodes
from gld_rerank.landmark.tagging.overlaps import Overlaps

K1, K2, BALANCE = 10, 3, 0.5


@dataclass(frozen=True)
class FusedSimilarity:
    """The settings of fused similarity.

    ``k1`` neighbours are reciprocal, at most 30, the weights of ``k2`` are averaged, and
    ``balance`` is the part of the plain distance.
    """

    k1: int = K1
    k2: int = K2
    balance: float = BALANCE

    def of(self, to_query: Floats, shared: Doubles) -> Floats:
        """Compute fused similarities (m,), from similarities and overlaps with the query.

        1 - balance * distance - (1 - balance) * Jaccard distance, with distance = (1 - similarity)
        / 2. Rounded, so that the last bits of sums decide no order.
        """
        distances = np.clip((1 - to_query.astype(np.float64)) / 2, 0, 1)
        jaccard = 1 - shared / (2 - shared)
        fused: Floats = (1 - (self.balance * distances + (1 - self.balance) * jaccard)).astype(
            np.float32
        )
        return fused


DEFAULT_FUSED = FusedSimilarity()


@dataclass(frozen=True)
class Best:
    """The best references of some queries, (q, c) rows and fused similarities, best first.

    The result of a query is final unless it is ``open`` (q,), because more must be known of nodes
    that are ``wanted`` (m,), or because it needs references that are no nodes.
    """

    rows: Rows
    fused: Floats
    open: Flags
    wanted: Flags


def rank_nodes(
    nodes: Nodes, overlaps: Overlaps, farthest: Floats | None, fusion: FusedSimilarity, count: int
) -> Best:
    """Rank the nodes of each query, at least ``count`` references.

    A node of whose nearest nodes some are unknown is wanted only if it may be among the best.
    References that are no nodes are at most as similar to a query as ``farthest`` (q,); by default
    there are none in its neighbourhood.
    """
    queries = np.repeat(np.arange(len(nodes.starts) - 1), np.diff(nodes.starts))
    unknown = np.maximum(overlaps.averaged - nodes.filled, 0)
    fused = fusion.of(nodes.to_query, _at_most(overlaps, overlaps.shared, unknown, queries))
    is_known = (unknown == 0) & (nodes.rows >= 0)
    candidates = np.flatnonzero(is_known)
    order = candidates[np.lexsort((candidates, -fused[candidates], queries[candidates]))]
    first = np.searchsorted(queries[order], np.arange(len(nodes.starts) - 1))
    places = first[:, None] + np.arange(count)
    is_there = places < np.append(first[1:], len(order))[:, None]
    best = order[np.where(is_there, places, 0)] if len(order) else np.zeros(places.shape, np.int64)
    least = np.where(is_there[:, -1], fused[best[:, -1]], -np.inf)
    wanted = overlaps.wanted | ((unknown > 0) & (fused >= least[queries]))
    is_open = np.zeros(len(first), np.bool_)
    is_open[queries[wanted]] = True
    if farthest is not None:
        all_but_itself = np.full(len(first), overlaps.averaged - 1)
        others = _at_most(overlaps, np.zeros(len(first)), all_but_itself, np.arange(len(first)))
        is_open |= fusion.of(farthest, others) >= least
    return Best(nodes.rows[best], fused[best], is_open, wanted)


def _at_most(overlaps: Overlaps, shared: Doubles, unknown: Rows, queries: Rows) -> Doubles:
    """Bound overlaps, of which the part of some ``unknown`` nearest nodes is missing."""
    missing = (unknown > 0) * (unknown * overlaps.largest[queries] + 1e-9)
    bounded: Doubles = np.minimum(shared + missing, 1)
    return bounded
