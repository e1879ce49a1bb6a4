"""The rerank of a table's candidates by their refined vectors, of all networks side by side."""

from collections.abc import Iterator

import numpy as np
import polars as pl
from gld_shared.neighbours import NONE
from gld_shared.search.blas_threads import single_blas_thread
from gld_shared.search.blocks import Doubles, Floats, Rows
from gld_shared.search.threads import in_order

from gld_rerank.candidates import rerank_top, threads_for, vectors_of
from gld_rerank.graph.similarity import total_weight
from gld_rerank.neighbours import Neighbours, Source, open_neighbours
from gld_rerank.reasons import Reasons
from gld_rerank.reranking import Reranking
from gld_rerank.superglobal.refinement import BETA, NEIGHBOURS, Refined, refined_similarities

TOP = 400
_QUERIES_AT_ONCE = 64


def superglobal_rerank(
    source: Source, top: int = TOP, neighbours: int = NEIGHBOURS, beta: float = BETA
) -> Reranking:
    """Rank each query's first ``top`` candidates again by their ``refined_similarities``.

    The stores of an ensemble are side by side, each with the weight of the search. Memory: the
    vectors of the candidates of 64 queries, and 33 ``top``^2 bytes a thread (see ``threads_for``).
    Raises DataError as ``open_neighbours`` does, and for a negative weight.
    """
    found = open_neighbours(source)
    found.check_scores()
    scale, total = _scale_of(found), total_weight(found)
    found.warn_if_it_lacks(top, "--top")

    def refine(part: slice) -> Iterator[tuple[Rows, Refined]]:
        """Yield the places of each query's candidates, in the order of index rows, and theirs."""
        rows, queries = found.rows[part, :top], found.query_vectors(part) * scale
        vectors = vectors_of(found.index_side, rows)

        def refine_one(query: int) -> tuple[Rows, Refined]:
            places = np.argsort(rows[query], kind="stable")
            places = places[np.count_nonzero(rows[query] == NONE) :]
            candidates = vectors[query, places] * scale
            return places, refined_similarities(queries[query], candidates, neighbours, beta)

        # The last bits of a product depend on the number of BLAS's threads.
        with single_blas_thread():
            yield from in_order(refine_one, range(len(rows)), threads_for(rows.shape[1]))

    def rank(part: slice) -> tuple[Floats, Rows]:
        scores = np.zeros(found.rows[part, :top].shape)
        for query, (places, refined) in enumerate(refine(part)):
            scores[query, places] = total * refined.mean
        return rerank_top(found.rows[part], found.scores[part], scores)

    def reasons(query: int, rows: Rows) -> Reasons:
        ((places, refined),) = refine(slice(query, query + 1))
        names = found.index_side.ids.take(found.rows[query, places])
        pulled = [" ".join(names.gather(columns[1:4])) for columns in refined.columns]
        reranked = pl.DataFrame(
            {
                "row": found.rows[query, places],
                "to_query": total * refined.to_query,
                "to_refined_query": total * refined.to_refined_query,
                "refined_by": pl.Series(pulled, dtype=pl.String),
            }
        )
        # Results behind the first ``top`` have no reasons.
        results = pl.DataFrame({"row": rows})
        columns = results.join(reranked, on="row", how="left", maintain_order="left").drop("row")
        return Reasons((f"the first {len(places)} results are ranked again",), columns)

    return Reranking(found, rank, reasons=reasons, queries_at_once=_QUERIES_AT_ONCE)


def _scale_of(found: Neighbours) -> Doubles:
    """Return the factors (d,) by which products of joined vectors are mean similarities."""
    shares = np.array(found.weights, np.float64) / total_weight(found)
    return np.repeat(np.sqrt(shares), found.index_side.widths)
