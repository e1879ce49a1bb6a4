"""The k-reciprocal rerank, of the candidates of a table or of the whole index."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
from gld_shared.errors import DataError
from gld_shared.files import display_name
from gld_shared.neighbours import NONE
from gld_shared.progress import Advance, silent
from gld_shared.search.blas_threads import single_blas_thread
from gld_shared.search.blocks import Doubles, Floats, Rows
from gld_shared.search.exact_scores import exact_scores
from gld_shared.search.pairs import Pairs
from gld_shared.search.threads import in_order
from gld_shared.search.topk import topk

from gld_rerank.best_of_pairs import best_of_pairs
from gld_rerank.candidates import rerank_top, threads_for
from gld_rerank.graph.index_graph import index_graph
from gld_rerank.graph.joint import JointGraph, join_queries
from gld_rerank.graph.similarity import distances_of, fused_similarity, total_weight
from gld_rerank.neighbours import Source, open_neighbours
from gld_rerank.own_images import own_images
from gld_rerank.reasons import Reasons
from gld_rerank.reciprocal.jaccard import jaccard_from_first, overlaps_among
from gld_rerank.reciprocal.whole_index import WholeIndex
from gld_rerank.reranking import Reranking, queries_at_once

K1, K2, BALANCE = 20, 6, 0.3
# Shared neighbours that an explanation names for each result.
_NAMED = 3
# Similarities (q, m) and Jaccard distances (q, m) of some queries to index rows (q, m).
Compare = Callable[[Rows, Rows], tuple[Floats, Doubles]]


def reciprocal_rerank(
    neighbours: Source, k1: int = K1, k2: int = K2, balance: float = BALANCE, k: int = 100
) -> Reranking:
    """Rank the candidates of each query by k-reciprocal neighbours among them; keep the k best.

    score = 1 - balance * distance - (1 - balance) * Jaccard distance, with distance = (1 -
    similarity) / 2. Memory of a thread (see ``threads_for``): the vectors of one query's m
    candidates, and 25 bytes for each of m^2 pairs. Raises DataError if no query of the table has k1
    neighbours.
    """
    found = open_neighbours(neighbours)
    total = total_weight(found)
    if found.lacks(k1):
        raise DataError(
            f"{display_name(found.table.path)}: "
            f"has at most {found.rows.shape[1]} neighbours of a query, expected k1 = {k1} or more; "
            f"search again with -k {max(100, k1)}, or lower --k1"
        )

    def similarities_among(query: int, rows: Rows) -> Doubles:
        own = found.query_vectors(slice(query, query + 1))
        vectors = np.concatenate([own, found.index_side.read(rows)])
        among: Doubles = (found.weigh(vectors).astype(np.float64) @ vectors.T) / total
        return among

    def compare(query: int, rows: Rows) -> tuple[Floats, Doubles]:
        # In the order of rows, since that decides between equal distances.
        ordered, places = np.unique(rows, return_inverse=True)
        similarities = similarities_among(query, ordered)
        jaccard = jaccard_from_first(distances_of(similarities), k1, k2)
        return similarities[0, 1:].astype(np.float32)[places], jaccard[places]

    def fused(query: int) -> Doubles:
        present = found.rows[query] != NONE
        new = np.zeros(len(present))
        new[present] = fused_similarity(*compare(query, found.rows[query, present]), balance)
        return new

    def rank(part: slice) -> tuple[Floats, Rows]:
        queries = np.arange(len(found.rows))[part].tolist()
        threads = threads_for(found.rows.shape[1])
        # The last bits of a product depend on the number of BLAS's threads.
        with single_blas_thread():
            new = np.reshape(list(in_order(fused, queries, threads)), found.rows[part].shape)
        ranked, ordered = rerank_top(found.rows[part], found.scores[part], new)
        return ranked[:, :k], ordered[:, :k]

    def reasons(query: int, rows: Rows) -> Reasons:
        candidates = np.unique(found.rows[query][found.rows[query] != NONE])
        with single_blas_thread():
            overlaps = overlaps_among(distances_of(similarities_among(query, candidates)), k1, k2)
            similarities, jaccard = compare(query, candidates)
        places = np.searchsorted(candidates, rows)
        names = ["the query", *found.index_side.ids.take(candidates)]
        shared = [
            ", ".join(names[node] for node in overlaps.shared_nodes(0, place + 1, _NAMED))
            for place in places.tolist()
        ]
        return _reasons(similarities[places], jaccard[places], shared)

    return Reranking(found, rank, reasons=reasons)


def reciprocal_rerank_index(
    neighbours: Source,
    graph: str | Path | None = None,
    k1: int = K1,
    k2: int = K2,
    balance: float = BALANCE,
    k: int = 100,
    device: str = "cpu",
    advance: Advance = silent,
) -> Reranking:
    """Rank the whole index by k-reciprocal neighbours among all images and queries.

    ``graph`` is a file with the index's neighbours in itself, as gld-search writes it; they are
    computed by default. ``advance`` is called with the number of images of each block, once for the
    graph, and once, with that of queries, while neighbours are encoded. Memory: see ``WholeIndex``;
    never a matrix of queries and index. Raises DataError for a graph of another store, or of fewer
    than k1 neighbours.
    """
    found = open_neighbours(neighbours, k)
    width = max(k1, k2 - 1)
    images = index_graph(found, graph, width, device, advance)
    joint = join_queries(found, images, width, device)
    whole = WholeIndex(joint, k1, k2, advance)
    own, index, total = own_images(found), found.index_side, np.float32(total_weight(found))

    def rank(part: slice) -> tuple[Floats, Rows]:
        queries = np.arange(len(found.query_ids))[part]
        weighed = found.weigh(joint.read(joint.node_of[part]))
        _, nearest = topk(weighed, index, k + 1, device)
        places, rows, jaccard = [], [], []
        sharing = whole.sharing_images(queries)
        for place, (images, distances) in enumerate(sharing):
            # Of the images that share nothing, the most similar are the best, or the first.
            others = nearest[place] if balance > 0 else np.arange(min(index.n, len(images) + k + 1))
            all_rows = np.union1d(images, others)
            all_rows = all_rows[all_rows != own[queries[place]]]
            all_distances = np.ones(len(all_rows))
            shared = np.isin(all_rows, images)
            all_distances[shared] = distances[np.isin(images, all_rows)]
            places.append(np.full(len(all_rows), place))
            rows.append(all_rows)
            jaccard.append(all_distances)
        every = np.concatenate(rows)
        pairs = Pairs(np.concatenate(places), every, np.zeros(len(every), np.int32))
        similarities = exact_scores(weighed, index, pairs, None) / total
        fused = fused_similarity(similarities, np.concatenate(jaccard), balance)
        return best_of_pairs(pairs.queries, pairs.rows, fused, len(queries), k)

    def reasons(query: int, rows: Rows) -> Reasons:
        shared = [
            ", ".join(map(joint.name_of, whole.shared_nodes(query, row, _NAMED).tolist()))
            for row in rows.tolist()
        ]
        return _reasons(*_of_pairs(joint, whole, query, rows), shared)

    at_once = queries_at_once(min(k, index.n))
    return Reranking(found, rank, images.inputs, reasons=reasons, queries_at_once=at_once)


def _of_pairs(
    joint: JointGraph, whole: WholeIndex, query: int, rows: Rows
) -> tuple[Floats, Doubles]:
    node = np.full(len(rows), joint.node_of[query])
    ((images, distances),) = whole.sharing_images(np.array([query]))
    jaccard = np.ones(len(rows))
    shared = np.isin(rows, images)
    jaccard[shared] = distances[np.searchsorted(images, rows[shared])]
    return joint.similarities(node, rows), jaccard


def _reasons(similarities: Floats, jaccard: Doubles, shared: list[str]) -> Reasons:
    overlap = 1 - jaccard
    # An empty column has no type otherwise.
    most_shared = pl.Series(shared, dtype=pl.String)
    columns = {"similarity": similarities, "overlap": overlap, "most_shared": most_shared}
    return Reasons(columns=pl.DataFrame(columns))
