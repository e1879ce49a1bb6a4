"""Queries as further nodes of the index's graph, linked to their first candidates."""

from dataclasses import replace

import numpy as np
from gld_shared.neighbours import NONE
from gld_shared.search.blocks import Floats, Rows

from gld_rerank.graph.index_graph import Graph, Nodes
from gld_rerank.graph.similarity import similarities_to_query
from gld_rerank.neighbours import Neighbours


def candidates_of(found: Neighbours, query: int, count: int) -> tuple[Nodes, Floats]:
    """Return a query's first ``count`` candidates and their similarities, (m,) each.

    Not the table's scores, which another method may have written.
    """
    rows = found.rows[query, :count]
    rows = rows[rows != NONE]
    return rows.astype(np.int32), similarities_to_query(found, query, rows)


def with_queries(found: Neighbours, graph: Graph, count: int) -> tuple[Graph, Rows]:
    """Add the queries that are no images of the index to its graph, after all images.

    Each is near its first ``count`` candidates. Returns the graph, and the node of each query (q,),
    -1 = it is an image of the index. Memory: the graph once more.
    """
    node_of, new = found.query_nodes()
    shape = (len(graph) + len(new), max(count, graph.nodes.shape[1]))
    nodes, similarities = np.full(shape, NONE, np.int32), np.zeros(shape, np.float32)
    nodes[: len(graph), : graph.nodes.shape[1]] = graph.nodes
    similarities[: len(graph), : graph.nodes.shape[1]] = graph.similarities
    for node, query in enumerate(new.tolist(), len(graph)):
        images, near = candidates_of(found, query, count)
        nodes[node, : len(images)], similarities[node, : len(images)] = images, near
    of_queries = np.where(node_of < len(graph), NONE, node_of)
    return replace(graph, nodes=nodes, similarities=similarities), of_queries
