"""Precision and recall by rank, and the histogram of the queries' values."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from gld_eval.evaluation import Evaluation
from gld_eval.protocols.judged import Integers, Values

RANKS = 100
BINS = 20
TABLE_RANKS = (1, 5, 10, 20, 50, 100)


@dataclass(frozen=True)
class Curves:
    """Means over the queries with positives, at ranks 1, 2, ... (ranks,)."""

    precision: Values
    recall: Values

    def rows(self) -> list[tuple[int, float, float]]:
        """Return rank, precision and recall at a few ranks."""
        ranks = [rank for rank in TABLE_RANKS if rank <= len(self.precision)]
        return [(rank, self.precision[rank - 1], self.recall[rank - 1]) for rank in ranks]


def curves_of(evaluation: Evaluation, ranks: int = RANKS) -> Curves:
    """Compute precision and recall at each rank up to ``ranks``.

    Precision is hits up to the rank, divided by the rank; recall divides by all positives. Removed
    results have no rank. Memory: the hits.
    """
    positives = evaluation.queries["positives"].to_numpy()
    queries = max(1, int(np.count_nonzero(positives)))
    hits = evaluation.judged.filter((pl.col("verdict") == "right") & (pl.col("position") <= ranks))
    position = hits["position"].cast(pl.Int64).to_numpy()
    of_query = hits["row"].cast(pl.Int64).to_numpy()
    found = np.bincount(position, minlength=ranks + 1)[1:]
    shares = np.bincount(position, 1 / positives[of_query], minlength=ranks + 1)[1:]
    return Curves(np.cumsum(found) / np.arange(1, ranks + 1) / queries, np.cumsum(shares) / queries)


def histogram(values: Values, bins: int = BINS) -> Integers:
    """Count values from 0 to 1 in bins of equal width (bins,); nan is left out."""
    return np.histogram(values[~np.isnan(values)], bins, (0, 1))[0].astype(np.int64)
