"""The queries of the truth that a mean leaves out, and why."""

import numpy as np
import polars as pl
from gld_shared.counting import counted

from gld_eval.evaluation import Evaluation
from gld_eval.judgements import Judgements


def scored_queries(evaluation: Evaluation) -> int:
    """Count the queries that have a value of the headline."""
    return int(np.count_nonzero(~np.isnan(evaluation.headline_values)))


def left_out(judgements: Judgements, evaluation: Evaluation) -> str:
    """Say how many queries of the truth have no value of the headline; empty if all have one.

    The reasons: usage ignored, no positives (for the headline's setup), and no neighbours.
    """
    values = evaluation.queries.select(
        "query_id", "positives", pl.Series("value", evaluation.headline_values)
    )
    others = judgements.queries.join(values, on="query_id", how="left").filter(
        pl.col("value").is_null() | pl.col("value").is_nan()
    )
    ignored = pl.col("usage") == "ignored"
    without = pl.col("positives").fill_null(0) == 0
    reasons = {
        "ignored": others.filter(ignored).height,
        "without positives": others.filter(~ignored & without).height,
        "without neighbours": others.filter(~ignored & ~without).height,
    }
    said = ", ".join(f"{number:,} {reason}" for reason, number in reasons.items() if number)
    return f"{counted(others.height, 'query', 'queries')} left out: {said}" if said else ""
