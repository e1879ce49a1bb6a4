"""The scores of a run: means over its queries, with intervals."""

import polars as pl

from gld_eval.evaluation import Evaluation
from gld_eval.statistics.means import means

USAGES = ("public", "private", "all")
_SCHEMA = {
    "metric": pl.String,
    "usage": pl.String,
    "value": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
}


def summarise(evaluation: Evaluation, seed: int = 0) -> pl.DataFrame:
    """Take means over the queries: rows metric, usage, value, low, high; public, private, then all.

    ``low`` and ``high`` are the ends of the 95% interval, null for fewer than two queries. Queries
    of other usages than public and private count in ``all`` only.
    """
    of_usage = {usage: means(evaluation.within(usage).sampled(), seed) for usage in USAGES}
    rows = [
        (metric, usage, *of_usage[usage][metric])
        for metric in evaluation.values
        for usage in USAGES
        if metric in of_usage[usage]
    ]
    return pl.DataFrame(rows, _SCHEMA, orient="row").with_columns(
        pl.col("low", "high").fill_nan(None).clip(0, 1)
    )
