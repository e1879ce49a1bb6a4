"""Query expansion: each query's neighbours are added to it, and the index is searched again.

Average: Chum et al., Total Recall (ICCV 2007). Weighted by powers of the similarity: Radenović et
al., Fine-tuning CNN Image Retrieval (TPAMI 2018).
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from gld_shared.errors import DataError
from gld_shared.neighbours import NONE
from gld_shared.search.blocks import Doubles, Floats, Rows
from gld_shared.search.exact_scores import pair_products
from gld_shared.search.own_images import topk_of_others

from gld_rerank.best import own_images
from gld_rerank.candidates import vectors_of
from gld_rerank.expansion.weighted_sum import expand_ensemble, weights_of
from gld_rerank.neighbours import Neighbours, Source, open_neighbours
from gld_rerank.reasons import Reasons
from gld_rerank.reranking import QUERIES_AT_ONCE, Reranking

TOP, ALPHA = 10, 3.0
# The greatest weight of a neighbour; squares of its sums still fit into float64.
_HEAVIEST = 1e100
# Values of neighbours in memory at once.
_MOST_VALUES = 1 << 26


def expand_queries(
    neighbours: Source,
    top: int = TOP,
    alpha: float = ALPHA,
    k: int = 100,
    device: str = "cpu",
    rounds: int = 1,
) -> Reranking:
    """Add each query's ``top`` neighbours to it, weighted by similarity^alpha, and search again.

    Each further round adds the ``top`` results of the round before to the original query. Which
    neighbours are added depends on the table, but not their weights: the similarities are those of
    the vectors. The query's own image is left out, unless the table holds it.

    Memory: 256 MB of neighbours' vectors, and one block of the index. Raises DataError when the
    stores that the neighbours name are missing or do not match, or a similarity is too large.
    """
    found = open_neighbours(neighbours, top)
    expansion = _Expansion(found, top, alpha, device, rounds, own_images(found))

    def rank(part: slice) -> tuple[Floats, Rows]:
        queries = found.weigh(expansion.expanded(part).queries)
        return topk_of_others(queries, found.index_side, k, expansion.own[part], device)

    values = max(1, found.rows[:, :top].shape[1] * sum(found.index_side.widths))
    at_once = max(1, min(QUERIES_AT_ONCE, _MOST_VALUES // values))
    return Reranking(found, rank, reasons=expansion.reasons, queries_at_once=at_once)


@dataclass(frozen=True)
class Expanded:
    """Expanded queries (q, d), and the index rows that were added with their weights (q, m)."""

    queries: Floats
    rows: Rows
    weights: Doubles


@dataclass(frozen=True)
class _Expansion:
    found: Neighbours
    top: int
    alpha: float
    device: str
    rounds: int
    own: Rows

    def expanded(self, part: slice) -> Expanded:
        """Expand some queries, in all rounds."""
        found, rows = self.found, self.found.rows[part, : self.top]
        last = self._add(part, found.query_vectors(part), rows)
        for _ in range(self.rounds - 1):
            queries = found.weigh(last.queries)
            _, rows = topk_of_others(
                queries, found.index_side, self.top, self.own[part], self.device
            )
            last = self._add(part, last.queries, rows)
        return last

    def _add(self, part: slice, compared: Floats, rows: Rows) -> Expanded:
        """Add rows to the original queries, weighted by their similarities to others (q, d)."""
        found = self.found
        vectors = vectors_of(found.index_side, rows)
        similarities = _similarities(found, compared, vectors)
        weights = weights_of(similarities, self.alpha)
        self._refuse_large(part, similarities, weights)
        widths = found.index_side.widths
        return Expanded(
            expand_ensemble(found.query_vectors(part), vectors, weights, widths), rows, weights
        )

    def _refuse_large(self, part: slice, similarities: Floats, weights: Doubles) -> None:
        """Raise DataError for the first query with a neighbour whose weight is too large."""
        wrong = np.argwhere(weights > _HEAVIEST)
        if len(wrong):
            query, place = wrong[0]
            raise DataError(
                f"{self.found.table.path}: query {self.found.query_ids[part][query]!r}: a "
                f"similarity of {similarities[query, place]:g} is too large for the power "
                f"{self.alpha:g}; expected about 1 at most, as of vectors of length 1; "
                "lower --alpha"
            )

    def reasons(self, query: int, rows: Rows) -> Reasons:
        """Say what was added to a query, and which of it is most similar to each result."""
        found = self.found
        expanded = self.expanded(slice(query, query + 1))
        added = expanded.rows[0] != NONE
        weights, names = expanded.weights[0, added], self._names(expanded.rows[0, added])
        results = vectors_of(found.index_side, rows[None])[0]
        of_query = found.weigh(found.query_vectors(slice(query, query + 1)))
        neighbours = found.weigh(vectors_of(found.index_side, expanded.rows[:, added])[0])
        pulls = weights * (results @ neighbours.T)
        strongest = np.argsort(-pulls, axis=1, kind="stable")[:, :3]
        lines = [
            f"added {name} with weight {w:.4f}" for name, w in zip(names, weights, strict=True)
        ]
        columns = {
            "to_query": results @ of_query[0].astype(np.float64),
            "pulled_by": pl.Series(
                [" ".join(names.gather(each)) for each in strongest], dtype=pl.String
            ),
        }
        return Reasons(lines, pl.DataFrame(columns))

    def _names(self, rows: Rows) -> pl.Series:
        return self.found.index_side.ids.take(rows)


def _similarities(found: Neighbours, queries: Floats, vectors: Floats) -> Floats:
    """Return the mean similarities of all networks of queries (q, d) and vectors (q, m, d)."""
    n_queries, m, dimension = vectors.shape
    products = pair_products(
        found.weigh(queries),
        np.repeat(np.arange(n_queries), m),
        vectors.reshape(n_queries * m, dimension),
        np.arange(n_queries * m),
    )
    # Rounded as a search's scores are.
    total = np.float32(sum(map(abs, found.weights)))
    return products.astype(np.float32).reshape(n_queries, m) / total
