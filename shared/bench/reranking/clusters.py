"""Images in clusters of 40, whose neighbours are known to be in their own cluster."""

from pathlib import Path

import numpy as np
import polars as pl
from gld_rerank.graph.index_graph import Graph
from gld_rerank.graph.joint import JointGraph, join_queries
from gld_rerank.neighbours import open_neighbours
from gld_shared.store import StoreSpec, StoreWriter, open_store
from gld_shared.tables import NEIGHBOURS, Table

DIMENSION, CLUSTER, LINKS = 512, 40, 30
ATTRIBUTES = {"checkpoint": {"path": "bench", "sha256": "0"}, "normalized": True, "history": []}


def clustered_graph(folder: Path, images: int, queries: int) -> JointGraph:
    """Store clustered images, and return their graph; the first images are queries too.

    Images of a cluster are about 0.5 alike, and images of different ones 0.25 at most, so the
    nearest within the cluster are the nearest of all.
    """
    generator = np.random.default_rng(0)
    clusters = max(1, images // CLUSTER)
    members = generator.permutation(clusters * CLUSTER).reshape(clusters, CLUSTER)
    store = _write(folder / f"{images}.zarr", members, generator)
    names = store.ids.take(np.arange(queries))
    table = Table(
        pl.DataFrame({"query_id": names, "index_id": names, "rank": 1, "score": 1.0}).cast(
            dict(NEIGHBOURS.columns)
        ),
        {"queries": [str(store.path)], "index": [str(store.path)], "history": []},
    )
    return join_queries(open_neighbours(table, 1), _graph(store, members), LINKS)


def _write(path, members, generator):
    """Write unit vectors, each the sum of its cluster's direction and its own."""
    cluster_of = np.empty(members.size, np.int64)
    cluster_of[members] = np.arange(len(members))[:, None]
    centres = _unit(generator.standard_normal((len(members), DIMENSION), dtype=np.float32))
    names = pl.Series([f"i{row}" for row in range(members.size)])
    writer = StoreWriter.open(path, StoreSpec(names, DIMENSION, attributes=ATTRIBUTES))
    for chunk in range(writer.chunks):
        rows = writer.rows_of(chunk)
        own = _unit(generator.standard_normal((len(rows), DIMENSION), dtype=np.float32))
        writer.write_chunk(chunk, _unit(centres[cluster_of[rows.start : rows.stop]] + own))
    return open_store(writer.finish())


def _graph(store, members):
    """Search each image's cluster."""
    nodes = np.empty((members.size, LINKS), np.int32)
    similarities = np.empty((members.size, LINKS), np.float32)
    for start in range(0, len(members), 256):
        some = np.sort(members[start : start + 256], axis=1)
        vectors = store.read(some.ravel()).reshape(*some.shape, -1)
        products = np.einsum("cid,cjd->cij", vectors, vectors, optimize=True)
        products[:, np.arange(CLUSTER), np.arange(CLUSTER)] = -np.inf
        order = np.argsort(-products, axis=2, kind="stable")[:, :, :LINKS]
        nodes[some] = np.take_along_axis(some[:, None], order, axis=2)
        similarities[some] = np.take_along_axis(products, order, axis=2)
    return Graph(nodes, similarities)


def _unit(vectors):
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
