"""The rows of scores: means, and queries before them."""

from dataclasses import dataclass

import polars as pl

from gld_eval.evaluation import Evaluation
from gld_eval.statistics.comparison import compare
from gld_eval.statistics.summary import summarise

# Queries that gained most, and as many that lost most.
CHANGED = 10


@dataclass(frozen=True)
class Scores:
    """``means`` over the queries, and the rows of single ``queries``, which may be none."""

    means: pl.DataFrame
    queries: pl.DataFrame

    def table(self) -> pl.DataFrame:
        """Return all rows; the ``query_id`` of a mean is empty."""
        if not self.queries.height:
            return self.means
        means = self.means.select(pl.lit("").alias("query_id"), pl.all())
        return pl.concat([self.queries, means], how="diagonal")


def scores_of(
    evaluation: Evaluation,
    baseline: Evaluation | None = None,
    per_query: bool = False,
    seed: int = 0,
) -> Scores:
    """Take the means, compare them with a baseline, and choose the queries to list.

    Those are all with ``per_query``, else with a baseline the ones that changed most by the first
    metric, from best to worst, and else none.
    """
    means = mean_rows(evaluation, baseline, seed)
    if not per_query and baseline is None:
        return Scores(means, means.clear())
    rows = query_rows(evaluation, baseline)
    return Scores(means, rows if per_query else most_changed(rows, evaluation.headline))


def mean_rows(evaluation: Evaluation, baseline: Evaluation | None, seed: int) -> pl.DataFrame:
    """Return metric, usage, value, low and high; with a baseline, also the comparison with it.

    The comparison is null where no query has a value in both runs.
    """
    rows = summarise(evaluation, seed)
    if baseline is None:
        return rows
    compared = compare(evaluation, baseline, seed)
    return rows.join(compared, on=["metric", "usage"], how="left", maintain_order="left")


def query_rows(evaluation: Evaluation, baseline: Evaluation | None) -> pl.DataFrame:
    """Return the value of each query and metric, and what was found, in the truth's order.

    Columns query_id, metric, usage, value; ``relevant``: images in the truth that are relevant to
    the metric; ``found``: those among the neighbours; ``first_rank``: the rank that counts of the
    first of them, null for none. With a baseline also its value and the ``difference``,
    null where the baseline has none.
    """
    counts = _counts(evaluation)
    rows = evaluation.table().join(counts, on=["query_id", "metric"], maintain_order="left")
    if baseline is None:
        return rows
    before = baseline.table().rename({"value": "baseline"}).drop("usage")
    on = ["query_id", "metric"]
    return rows.join(before, on=on, how="left", maintain_order="left").with_columns(
        difference=pl.col("value") - pl.col("baseline")
    )


def most_changed(rows: pl.DataFrame, metric: str) -> pl.DataFrame:
    """Keep the queries that gained most and lost most by a metric, from best to worst."""
    rows = rows.filter(pl.col("metric") == metric).sort(
        "difference", descending=True, maintain_order=True
    )
    gained = rows.filter(pl.col("difference") > 0).head(CHANGED)
    lost = rows.filter(pl.col("difference") < 0).tail(CHANGED)
    return pl.concat([gained, lost])


def _counts(evaluation: Evaluation) -> pl.DataFrame:
    """Return query_id, metric, relevant, found and first_rank, by the setup of each metric."""
    return pl.concat(
        evaluation.queries.select("query_id")
        .hstack(verdicts.counts().drop("row"))
        .join(pl.DataFrame({"metric": list(verdicts.metrics)}), how="cross")
        for verdicts in evaluation.verdicts
    )
