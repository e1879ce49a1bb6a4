"""Scoring neighbours against the truth.

A query whose usage is ignored, or that has no positives, is left out. A query of the truth that has
no neighbours counts 0. Images of grade junk, and the query's own image, are not positives and are
removed from the ranking, so the images below them move up.
"""

import logging
from collections.abc import Iterator, Sequence
from typing import Protocol

import polars as pl
from gld_shared.errors import DataError
from gld_shared.files import display_name
from gld_shared.metrics import MEASURES
from gld_shared.tables import Table

from gld_eval.judgements import PAIR, evaluated_queries, judged_pairs
from gld_eval.metric_names import Metric

log = logging.getLogger(__name__)
_NO_HITS = pl.DataFrame(schema={"query_id": pl.String, "rank": pl.Int32})


class Ranking(Protocol):
    """Neighbours in blocks of whole queries: a table or a stream."""

    path: str

    def blocks(self) -> Iterator[pl.DataFrame]:
        """Yield rows query_id, index_id, rank."""
        ...


def evaluate(neighbours: Ranking, truth: Table, metrics: Sequence[Metric]) -> pl.DataFrame:
    """Score each query: rows query_id, metric, usage, value, in the truth's order.

    Memory: the truth, one block of neighbours, and the pairs found in both. Raises DataError when
    the truth contradicts itself, or lacks a query of the neighbours.
    """
    judged = judged_pairs(truth)
    queries = evaluated_queries(truth, judged)
    parts, ranked = [_NO_HITS], [queries["query_id"].clear()]
    for rows in neighbours.blocks():
        parts.append(_hits(rows, judged))
        ranked.append(rows["query_id"].unique(maintain_order=True))
    found = pl.concat(ranked)
    _check_known(found, truth, display_name(neighbours.path))
    _report_missing(found, queries, display_name(neighbours.path))
    hits = pl.concat(parts).join(queries, on="query_id").sort("row", "rank")
    return _scores(hits, queries, metrics)


def _scores(hits: pl.DataFrame, queries: pl.DataFrame, metrics: Sequence[Metric]) -> pl.DataFrame:
    """Compute each metric of each query from the hits, with columns row and rank."""
    row, rank = hits["row"].to_numpy(), hits["rank"].to_numpy()
    positives = queries["positives"].to_numpy()
    scored = [
        queries.select(
            "row",
            "query_id",
            pl.lit(str(metric)).alias("metric"),
            "usage",
            pl.lit(position).alias("position"),
            pl.Series("value", MEASURES[metric.measure](row, rank, positives, metric.k)),
        )
        for position, metric in enumerate(metrics)
    ]
    return pl.concat(scored).sort("row", "position").drop("row", "position")


def summarise(scores: pl.DataFrame) -> pl.DataFrame:
    """Take means over the queries: rows metric, usage, value; public, private, then all."""
    by_usage = scores.group_by("metric", "usage", maintain_order=True).agg(pl.col("value").mean())
    overall = (
        scores.group_by("metric", maintain_order=True)
        .agg(pl.col("value").mean())
        .select("metric", pl.lit("all").alias("usage"), "value")
    )
    metric_order = {name: position for position, name in enumerate(overall["metric"])}
    usage_order = {"public": 0, "private": 1, "all": 2}
    return pl.concat([by_usage.filter(pl.col("usage") != "all"), overall]).sort(
        pl.col("metric").replace_strict(metric_order, return_dtype=pl.Int64),
        pl.col("usage").replace_strict(usage_order, return_dtype=pl.Int64),
    )


def _hits(neighbours: pl.DataFrame, judged: pl.DataFrame) -> pl.DataFrame:
    """Return query_id and rank of the relevant neighbours; ranks skip the removed images."""
    own = neighbours.filter(pl.col("query_id") == pl.col("index_id")).select(
        "query_id", "rank", pl.lit(True).alias("removed")
    )
    matched = neighbours.join(judged, on=PAIR).select("query_id", "rank", "removed")
    return (
        pl.concat([matched, own])
        .sort("query_id", "rank")
        .with_columns(pl.col("rank") - pl.col("removed").cast(pl.Int32).cum_sum().over("query_id"))
        .filter(~pl.col("removed"))
        .select("query_id", "rank")
    )


def _check_known(found: pl.Series, truth: Table, name: str) -> None:
    unknown = found.filter(~found.is_in(truth.rows["query_id"].unique().implode()))
    if len(unknown):
        raise DataError(
            f"{name}: {len(unknown)} of {len(found)} queries are not in "
            f"{display_name(truth.path)}, for example {unknown[0]!r}; use the truth of "
            "the same query list (a query without positives appears there with usage ignored)"
        )


def _report_missing(found: pl.Series, queries: pl.DataFrame, name: str) -> None:
    missing = queries.filter(~pl.col("query_id").is_in(found.implode()))
    if missing.height:
        log.warning(
            "%d of %d queries have no neighbours in %s, for example %r; each counts 0",
            *(missing.height, queries.height, name, missing["query_id"][0]),
        )
