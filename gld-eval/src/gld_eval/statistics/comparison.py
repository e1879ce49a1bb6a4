"""Two runs on the same queries: paired differences, with intervals and p-values."""

import numpy as np
import polars as pl

from gld_eval.evaluation import Evaluation
from gld_eval.statistics.means import means
from gld_eval.statistics.permutation import sign_flip_p_value
from gld_eval.statistics.summary import USAGES

_SCHEMA: dict[str, pl.DataType] = {
    "metric": pl.String(),
    "usage": pl.String(),
    "baseline": pl.Float64(),
    "difference": pl.Float64(),
    "difference_low": pl.Float64(),
    "difference_high": pl.Float64(),
    "p_value": pl.Float64(),
}


def compare(evaluation: Evaluation, baseline: Evaluation, seed: int = 0) -> pl.DataFrame:
    """Compare a run with a baseline on the same truth, in rows as ``summarise`` returns them.

    Only queries with a value in both runs count; without any, there is no row. Columns metric,
    usage and five numbers: ``baseline`` is its mean, ``difference`` the mean gain over it,
    ``difference_low`` and ``difference_high`` the ends of the gain's 95% interval (null for fewer
    than two queries), and ``p_value`` the share of random signs of the queries' gains whose mean is
    at least as far from 0. Raises ValueError for evaluations of other queries, or without a metric.
    """
    _check_same(evaluation, baseline)
    rows = {}
    for usage in USAGES:
        values, others = evaluation.within(usage).sampled(), baseline.within(usage).sampled()
        gains = {metric: values[metric] - others[metric] for metric in values}
        for metric, gained in means(gains, seed).items():
            defined = ~np.isnan(gains[metric])
            before = float(others[metric][defined].mean())
            p_value = sign_flip_p_value(gains[metric][defined], seed)
            rows[metric, usage] = (metric, usage, before, *gained, p_value)
    keys = [(metric, usage) for metric in evaluation.values for usage in USAGES]
    ordered = [rows[key] for key in keys if key in rows]
    return pl.DataFrame(ordered, _SCHEMA, orient="row").with_columns(
        pl.col("difference_low", "difference_high").fill_nan(None)
    )


def _check_same(evaluation: Evaluation, baseline: Evaluation) -> None:
    """Raise ValueError unless the baseline has the same queries, and all metrics."""
    if not evaluation.queries["query_id"].equals(baseline.queries["query_id"]):
        raise ValueError(
            "the evaluations score other queries; evaluate both by the same truth and protocol"
        )
    lacking = [metric for metric in evaluation.values if metric not in baseline.values]
    if lacking:
        raise ValueError(
            f"the baseline has no {', '.join(lacking)}; evaluate both with the same metrics"
        )
