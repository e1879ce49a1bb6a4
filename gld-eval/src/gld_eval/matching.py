"""The results that the truth judges, found in one pass over the neighbours."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import polars as pl
from gld_shared.errors import DataError
from gld_shared.files import display_name

from gld_eval.judgements import PAIR, Judgements
from gld_eval.protocols.judged import Grade

log = logging.getLogger(__name__)
_RESULTS = {
    "query_id": pl.String,
    "rank": pl.Int32,
    "grade": pl.Int8,
    "own": pl.Boolean,
    "repeated": pl.Boolean,
    "tie_end": pl.Int32,
    "tie_rank": pl.Int32,
}


class Ranking(Protocol):
    """Neighbours in blocks of whole queries: a table or a stream."""

    path: str

    def blocks(self) -> Iterator[pl.DataFrame]:
        """Yield rows query_id, index_id, rank, score."""
        ...


@dataclass(frozen=True)
class Matches:
    """``results``: the judged results and own images; ``lengths``: results of each query."""

    results: pl.DataFrame
    lengths: pl.DataFrame
    path: str


def match(neighbours: Ranking, judgements: Judgements) -> Matches:
    """Read the neighbours once, and keep the results that the truth judges, and own images.

    Memory: the truth, one block of neighbours, and the pairs found in both. Raises DataError when
    the truth lacks a query of the neighbours.
    """
    results = [pl.DataFrame(schema=_RESULTS)]
    lengths = [pl.DataFrame(schema={"query_id": pl.String, "length": pl.UInt32})]
    for rows in neighbours.blocks():
        lengths.append(rows.group_by("query_id", maintain_order=True).agg(pl.len().alias("length")))
        results.append(_judged(_with_ties(rows), judgements.pairs))
    counted = pl.concat(lengths)
    _check_known(counted["query_id"], judgements, display_name(neighbours.path))
    return Matches(pl.concat(results), counted, neighbours.path)


def _judged(rows: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    matched = rows.join(pairs, on=PAIR)
    others = rows.filter(pl.col("query_id") == pl.col("index_id")).join(pairs, on=PAIR, how="anti")
    own = others.with_columns(
        pl.lit(Grade.WRONG, pl.Int8).alias("grade"), pl.lit(True).alias("own")
    )
    return (
        pl.concat([matched, own.select(matched.columns)])
        .sort("query_id", "rank")
        .with_columns((~pl.struct(PAIR).is_first_distinct()).alias("repeated"))
        .select(pl.col(name).cast(kind) for name, kind in _RESULTS.items())
    )


def _with_ties(rows: pl.DataFrame) -> pl.DataFrame:
    """Add tie_end and tie_rank; both are the rank where no two results have equal scores."""
    query, score, rank = pl.col("query_id"), pl.col("score"), pl.col("rank")
    tied = (query == query.shift(1)) & (score == score.shift(1))
    if "score" not in rows.columns or not rows.select(tied.any()).item():
        return rows.with_columns(rank.alias("tie_end"), rank.alias("tie_rank"))
    group = (~tied.fill_null(False)).cum_sum()
    return (
        rows.with_columns(group.alias("tie"))
        .with_columns(
            rank.max().over("tie").alias("tie_end"),
            (
                rank.min().over("tie")
                + pl.col("index_id").rank("ordinal", descending=True).over("tie").cast(pl.Int32)
                - 1
            ).alias("tie_rank"),
        )
        .drop("tie")
    )


def _check_known(found: pl.Series, judgements: Judgements, name: str) -> None:
    unknown = found.filter(~found.is_in(judgements.queries["query_id"].implode()))
    if len(unknown):
        raise DataError(
            f"{name}: {len(unknown)} of {len(found)} queries are not in "
            f"{display_name(judgements.path)}, for example {unknown[0]!r}; use the truth of "
            "the same query list (a query without positives appears there with usage ignored)"
        )
