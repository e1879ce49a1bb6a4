"""k-reciprocal reranking of the whole index, on the graph of its images and all queries."""

import numpy as np
from gld_shared.progress import Advance, silent
from gld_shared.search.blocks import Doubles, Rows
from gld_shared.search.threads import cores, in_order

from gld_rerank.graph.joint import JointGraph
from gld_rerank.graph.similarity import distances_of
from gld_rerank.reciprocal.encoding import encode
from gld_rerank.reciprocal.lists import Lists, Nodes
from gld_rerank.reciprocal.overlap import Overlaps
from gld_rerank.reciprocal.sharing import Sharing


class WholeIndex:
    """Jaccard distances from queries to all images of the index.

    Memory: 8 bytes for each of n k1 members, and as much again to find who shares them; in all
    O(n k1), never n squared.
    """

    def __init__(self, joint: JointGraph, k1: int, k2: int, advance: Advance = silent) -> None:
        """Encode every node; ``advance`` is called with the number of nodes of each block."""
        lists = with_itself_first(joint)

        def distances(left: Rows, right: Rows) -> Doubles:
            return distances_of(joint.similarities(left, right)).astype(np.float64)

        encoding = encode(lists, k1, distances, advance)
        self._images = joint.found.index_side.n
        self._node_of = joint.node_of
        self._overlaps = Overlaps(lists, encoding, k2)
        self._sharing = Sharing(lists, encoding, k2)

    def sharing_images(self, queries: Rows) -> list[tuple[Nodes, Doubles]]:
        """Return, for each query, the images at a Jaccard distance below 1, and the distance."""

        def of_query(query: int) -> tuple[Nodes, Doubles]:
            node = int(self._node_of[query])
            nodes = self._sharing.nodes(node)
            images = nodes[: np.searchsorted(nodes, self._images)]
            return images, self._overlaps.jaccard_distances(node, images)

        return list(in_order(of_query, queries.tolist(), cores()))

    def shared_nodes(self, query: int, image: int, most: int) -> Rows:
        """Return the nodes through which a query and an image overlap most."""
        return self._overlaps.shared_nodes(int(self._node_of[query]), image, most)


def with_itself_first(joint: JointGraph) -> Lists:
    """Return the lists of a graph, each with its node first."""
    graph = joint.graph
    own = np.arange(len(graph), dtype=np.int32)[:, None]
    distances = distances_of(graph.similarities)
    zeros = np.zeros((len(graph), 1), np.float32)
    return Lists(np.hstack([own, graph.nodes]), np.hstack([zeros, distances]))
