"""Queries as further nodes of the index's graph, each near the images and queries like it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from gld_shared.neighbours import NONE
from gld_shared.search.blocks import Doubles, Floats, Rows
from gld_shared.search.error_bounds import lengths_of, product_bound
from gld_shared.search.exact_scores import pair_products
from gld_shared.search.index import ArrayIndex, blocks_of
from gld_shared.search.topk import topk

from gld_rerank.graph.index_graph import Graph
from gld_rerank.graph.similarity import similarities_of_pairs, total_weight
from gld_rerank.neighbours import Neighbours

_IMAGES_AT_ONCE, _QUERIES_AT_ONCE = 4096, 4096
# Nodes, others and similarities (p,) of pairs.
Edges = tuple[Rows, Rows, Floats]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class JointGraph:
    """A graph whose first nodes are the index images, and whose last are queries.

    ``node_of`` (q,) is the node of each query: one of the last, or the index image with the query's
    id, which is the query itself.
    """

    graph: Graph
    node_of: Rows
    added: Floats
    found: Neighbours

    @property
    def n(self) -> int:
        """The number of nodes."""
        return len(self.graph)

    def read(self, nodes: slice | Rows) -> Floats:
        """Read the vectors of nodes, all networks side by side: (m, sum of d)."""
        if isinstance(nodes, slice):
            nodes = np.arange(*nodes.indices(self.n))
        images = self.found.index_side.n
        vectors = np.empty((len(nodes), sum(self.found.index_side.widths)), np.float32)
        of_index = nodes < images
        if of_index.any():
            vectors[of_index] = self.found.index_side.read(nodes[of_index])
        vectors[~of_index] = self.added[nodes[~of_index] - images]
        return vectors

    def name_of(self, node: int) -> str:
        """Return the id of an image, or of a query, which is called so."""
        if node < self.found.index_side.n:
            return self.found.index_side.ids[node]
        return f"query {self.found.query_ids[int(np.argmax(self.node_of == node))]}"

    def similarities(self, left: Rows, right: Rows) -> Floats:
        """Compute the similarities of pairs of nodes, (p,), reading each node once."""
        nodes, places = np.unique(np.concatenate([left, right]), return_inverse=True)
        left_places, right_places = places[: len(left)], places[len(left) :]
        return similarities_of_pairs(self.found, self.read(nodes), left_places, right_places)


def join_queries(found: Neighbours, graph: Graph, k: int, device: str = "cpu") -> JointGraph:
    """Add the queries of ``found`` to the graph of its index, of k nearest others at most.

    A list then holds the k nearest of all images and queries; images come first where similarities
    are equal, then queries in the order of their store. Memory: the graph once more, the vectors of
    the queries, and a block of products.
    """
    node_of, new = found.query_nodes()
    if not len(new):
        added = np.empty((0, sum(found.query_side.widths)), np.float32)
        return JointGraph(graph, node_of, added, found)
    added = found.query_side.read(found.query_rows[new])
    k = min(k, len(graph) + len(new) - 1)
    lists = _Lists(graph, len(new), k)
    lists.merge(_nearest_of_queries(found, added, k, device))
    for edges in _queries_near_images(found, added, lists):
        lists.merge(edges)
    joined = replace(graph, nodes=lists.nodes, similarities=lists.similarities)
    return JointGraph(joined, node_of, added, found)


class _Lists:
    """The lists of a graph, into which edges are merged: the k best of each node stay."""

    def __init__(self, graph: Graph, added: int, k: int) -> None:
        shape = (len(graph) + added, k)
        self.nodes = np.full(shape, NONE, np.int32)
        self.similarities = np.zeros(shape, np.float32)
        self.nodes[: len(graph), : graph.nodes.shape[1]] = graph.nodes
        self.similarities[: len(graph), : graph.nodes.shape[1]] = graph.similarities

    def lowest(self, part: slice) -> Floats:
        """Return what an edge must exceed to be among the k best of each node of a slice."""
        full = self.nodes[part, -1] != NONE
        return np.where(full, self.similarities[part, -1], -np.inf).astype(np.float32)

    def merge(self, edges: Edges) -> None:
        """Add edges to the lists of their first nodes."""
        touched = np.unique(edges[0])
        places, ranks = np.nonzero(self.nodes[touched] != NONE)
        held = touched[places]
        nodes = np.concatenate([held, edges[0]])
        others = np.concatenate([self.nodes[held, ranks], edges[1]])
        similarities = np.concatenate([self.similarities[held, ranks], edges[2]])
        order = np.lexsort((others, -similarities, nodes))
        nodes, others, similarities = nodes[order], others[order], similarities[order]
        ranks = np.arange(len(nodes)) - np.searchsorted(nodes, nodes)
        kept = ranks < self.nodes.shape[1]
        self.nodes[nodes[kept], ranks[kept]] = others[kept]
        self.similarities[nodes[kept], ranks[kept]] = similarities[kept]


def _nearest_of_queries(found: Neighbours, added: Floats, k: int, device: str) -> Edges:
    """Return the edges from each query to its k nearest images, and its k nearest queries."""
    images, weighed = found.index_side.n, found.weigh(added)
    total = np.float32(total_weight(found))
    of_images = topk(weighed, found.index_side, k, device)
    of_queries = topk(weighed, ArrayIndex(added), k + 1, device)
    scores = np.concatenate([of_images[0], of_queries[0]], axis=1) / total
    others = np.concatenate([of_images[1], of_queries[1] + images], axis=1)
    nodes = np.broadcast_to(images + np.arange(len(added))[:, None], others.shape)
    different = nodes != others
    return nodes[different], others[different], scores[different]


def _queries_near_images(found: Neighbours, added: Floats, lists: _Lists) -> Iterator[Edges]:
    """Yield the edges from images to queries that may be among their k best."""
    weighed = found.weigh(added)
    total = total_weight(found)
    lengths, images = lengths_of(weighed), found.index_side.n
    rounded = weighed.astype(np.float32)
    for start, vectors in blocks_of(found.index_side, _IMAGES_AT_ONCE):
        part = slice(start, start + len(vectors))
        longest = float(lengths_of(vectors).max())
        # Twice the bound: queries are rounded to float32 too.
        bounds = 2 * product_bound(lengths, longest, vectors.shape[1])
        lowest = lists.lowest(part) * total
        for first in range(0, len(added), _QUERIES_AT_ONCE):
            some = slice(first, first + _QUERIES_AT_ONCE)
            products = vectors @ rounded[some].T
            near = products > lowest[:, None] - bounds[None, some]
            _leave_best(near, products, lists.nodes.shape[1], 4 * bounds[some].max())
            rows, queries = np.nonzero(near)
            queries = queries + first
            exact: Doubles = pair_products(weighed, queries, vectors, rows)
            similarities = exact.astype(np.float32) / np.float32(total)
            kept = similarities > lists.lowest(part)[rows]
            yield rows[kept] + start, queries[kept] + images, similarities[kept]


def _leave_best(near: Flags, products: Floats, k: int, margin: float) -> None:
    """Clear the flags (m, q) of products that are not among the k largest of their row.

    Those less than ``margin`` smaller stay, so that no rounding error decides.
    """
    crowded = np.flatnonzero(near.sum(axis=1) > k)
    if not len(crowded):
        return
    kth = np.partition(products[crowded], -k, axis=1)[:, -k]
    near[crowded] &= products[crowded] >= kth[:, None] - np.float32(margin)
