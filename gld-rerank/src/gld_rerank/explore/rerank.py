"""The explore-exploit rerank: images in the order in which a walk from the query takes them."""

from pathlib import Path

import numpy as np
import polars as pl
from gld_shared.neighbours import NONE
from gld_shared.progress import Advance, silent
from gld_shared.search.blocks import Floats, Rows
from gld_shared.search.threads import cores, in_order

from gld_rerank.explore.query_nodes import candidates_of, with_queries
from gld_rerank.explore.traversal import THE_QUERY, Traversal, Walk
from gld_rerank.graph.index_graph import index_graph
from gld_rerank.graph.links import links_in_both_directions
from gld_rerank.neighbours import Source, open_neighbours
from gld_rerank.own_images import own_images
from gld_rerank.reasons import Reasons
from gld_rerank.reranking import Reranking, queries_at_once

GRAPH_K, THRESHOLD = 5, 0.5


def explore_rerank(
    neighbours: Source,
    graph: str | Path | None = None,
    graph_k: int = GRAPH_K,
    threshold: float = THRESHOLD,
    k: int = 100,
    device: str = "cpu",
    advance: Advance = silent,
    *,
    through_queries: bool = False,
) -> Reranking:
    """Rank the index in the order in which a walk from each query takes its images.

    Each image is linked with its ``graph_k`` nearest, from the file ``graph`` or computed, and with
    those whose nearest it is; a query with its candidates. The score is the weakest link up to
    there, a little lower for each further image of the same. A query has fewer than k results if
    fewer can be reached. ``through_queries`` links all queries with their candidates in both
    directions, so that a walk passes through other queries. ``advance`` is called with the number
    of images of each block of the graph. Memory: 24 bytes for each of n graph_k links, and 33 for
    each of n images and thread. Raises DataError for a graph of another store, or of fewer
    neighbours.
    """
    found = open_neighbours(neighbours, max(k, graph_k))
    k = min(k, found.index_side.n)
    nodes = images = index_graph(found, graph, graph_k, device, advance)
    found.warn_if_it_lacks(graph_k, "--graph-k")
    own = own_images(found)
    if through_queries:
        nodes, of_queries = with_queries(found, images, graph_k)
        own = np.where(of_queries == NONE, own, of_queries)
    traversal = Traversal(links_in_both_directions(nodes), threshold, len(images))

    def walk(query: int) -> Walk:
        return traversal.walk(*candidates_of(found, query, graph_k), int(own[query]), k)

    def rank(part: slice) -> tuple[Floats, Rows]:
        queries = np.arange(len(found.query_ids))[part]
        rows = np.full((len(queries), k), NONE, np.int64)
        scores = np.zeros((len(queries), k), np.float32)
        for place, taken in enumerate(in_order(walk, queries.tolist(), cores())):
            rows[place, : len(taken.images)] = taken.images
            scores[place, : len(taken.images)] = falling(taken.weakest)
        return scores, rows

    def reasons(query: int, rows: Rows) -> Reasons:
        taken = walk(query)
        through = [name_of(parent) for parent in taken.parents.tolist()]
        named = pl.Series(through, dtype=pl.String)
        return Reasons(columns=pl.DataFrame({"link": taken.links, "through": named}))

    def name_of(node: int) -> str:
        if node == THE_QUERY:
            return "the query"
        if node < len(images):
            return found.index_side.ids[node]
        return f"query {found.query_ids[int(np.argmax(own == node))]}"

    at_once = queries_at_once(k)
    return Reranking(found, rank, images.inputs, reasons=reasons, queries_at_once=at_once)


def falling(links: Floats) -> Floats:
    """Return the lowest link so far, (p,), the next lower number where that would not fall."""
    scores = np.empty_like(links)
    lowest = np.float32(np.inf)
    for place, link in enumerate(links):
        lowest = min(link, np.nextafter(lowest, np.float32(-np.inf)))
        scores[place] = lowest
    return scores
