"""Query expansion: each query's neighbours are added to it, and the index is searched again.

Average: Chum et al., Total Recall (ICCV 2007). Weighted by powers of the similarity: Radenović et
al., Fine-tuning CNN Image Retrieval (TPAMI 2018).
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
import polars as pl
from gld_shared.files import display_name
from gld_shared.neighbours import NONE
from gld_shared.search.blocks import Doubles, Floats, Rows
from gld_shared.search.own_images import topk_of_others

from gld_rerank.candidates import vectors_of
from gld_rerank.expansion.weighted_sum import (
    ALPHA,
    MOST_VALUES,
    TOP,
    expand_ensemble,
    similarities_of,
    weights_of,
)
from gld_rerank.neighbours import Neighbours, Source, open_neighbours
from gld_rerank.own_images import own_images
from gld_rerank.reasons import Reasons
from gld_rerank.reranking import Reranking, queries_at_once


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
    the vectors. The query's own image is left out, unless the search kept it.

    Memory: 256 MB of neighbours' vectors, and one block of the index. Raises DataError when the
    stores that the neighbours name are missing or do not match, or a similarity is too large.
    """
    found = open_neighbours(neighbours, top)
    found.warn_if_it_lacks(top, "--top")
    expansion = _Expansion(found, top, alpha, device, rounds, own_images(found))

    def rank(part: slice) -> tuple[Floats, Rows]:
        queries = found.weigh(expansion.expanded(part).queries)
        return topk_of_others(queries, found.index_side, k, expansion.own[part], device)

    values = max(1, found.rows[:, :top].shape[1] * sum(found.index_side.widths))
    at_once = min(queries_at_once(min(k, found.index_side.n)), max(1, MOST_VALUES // values))
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
        # Of an ensemble, the mean similarity of all networks.
        total = np.float32(sum(map(abs, found.weights)))
        similarities = similarities_of(found.weigh(compared), vectors) / total
        weights = weights_of(similarities, self.alpha, partial(self._name, part))
        widths = found.index_side.widths
        return Expanded(
            expand_ensemble(found.query_vectors(part), vectors, weights, widths), rows, weights
        )

    def _name(self, part: slice, row: int) -> str:
        return f"{display_name(self.found.table.path)}: query {self.found.query_ids[part][row]!r}"

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
