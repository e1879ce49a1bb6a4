"""The rerank by propagated features: a search again with vectors that neighbours have mixed."""

from pathlib import Path

import numpy as np
import polars as pl
from gld_shared.neighbours import NONE
from gld_shared.progress import Advance, silent
from gld_shared.search.blocks import Floats, Rows
from gld_shared.search.own_images import topk_of_others
from gld_shared.search.some_rows import SomeRows

from gld_rerank.graph.index_graph import index_graph
from gld_rerank.graph.joint import join_queries
from gld_rerank.graph.similarity import similarities_of_pairs
from gld_rerank.neighbours import Source, open_neighbours
from gld_rerank.own_images import own_images
from gld_rerank.propagation.propagate import propagate
from gld_rerank.reasons import Reasons
from gld_rerank.reranking import Reranking, queries_at_once

GRAPH_K, TOP, BETA, ROUNDS = 20, 5, 0.2, 2
# The index is mixed again for each group of queries.
_QUERIES_AT_ONCE = 16_384


def propagate_features(
    neighbours: Source,
    graph: str | Path | None = None,
    graph_k: int = GRAPH_K,
    top: int = TOP,
    beta: float = BETA,
    rounds: int = ROUNDS,
    k: int = 100,
    device: str = "cpu",
    advance: Advance = silent,
) -> Reranking:
    """Mix all images and queries with their nearest, and search the whole index again.

    See ``propagate``. The nearest are found among the ``graph_k`` nearest images and queries by the
    stores' vectors, from the file ``graph`` or computed. ``advance`` is called with the number of
    images of each block of the graph, and with that of images and queries of each block and round.
    Memory: a copy of the vectors in float32, two with more than two rounds, and 24 bytes for each
    of n graph_k neighbours. Raises DataError for a graph of another store, or of fewer neighbours.
    """
    found = open_neighbours(neighbours, k)
    width = max(graph_k, top - 1)
    images = index_graph(found, graph, width, device, advance)
    joint = join_queries(found, images, width, device)

    def compare(vectors: Floats, left: Rows, right: Rows) -> Floats:
        return similarities_of_pairs(found, vectors, left, right)

    mixed = propagate(
        joint, joint.graph.nodes, compare, found.index_side.widths, top, beta, rounds, advance
    )
    index, own = SomeRows(mixed, np.arange(found.index_side.n)), own_images(found)

    def rank(part: slice) -> tuple[Floats, Rows]:
        queries = found.weigh(mixed.read(joint.node_of[part]))
        return topk_of_others(queries, index, k, own[part], device)

    def reasons(query: int, rows: Rows) -> Reasons:
        node = joint.node_of[query]
        nodes, weights = mixed.mixture.nodes[node], mixed.mixture.weights[node]
        shares = weights / weights.sum()
        lines = [
            f"mixed with {joint.name_of(int(nodes[place]))}: {shares[place]:.4f}"
            for place in np.argsort(-shares, kind="stable")
            if nodes[place] not in (NONE, node)
        ]
        before = joint.similarities(np.full(len(rows), node), rows)
        return Reasons(lines, pl.DataFrame({"similarity": before}))

    at_once = queries_at_once(min(k, index.n), _QUERIES_AT_ONCE)
    return Reranking(found, rank, images.inputs, reasons=reasons, queries_at_once=at_once)
