"""Relevance judgements: the pairs of the truth, and the queries that have some."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import NoReturn

import polars as pl
from gld_shared.errors import DataError
from gld_shared.files import display_name
from gld_shared.tables import Table
from gld_shared.tables.pair_hashes import any_equal, pair_hashes

from gld_eval.protocols.judged import Grade

PAIR = ["query_id", "index_id"]
_GRADES = {"": Grade.RELEVANT, **{grade.name.lower(): grade for grade in list(Grade)[1:]}}


@dataclass(frozen=True)
class Judgements:
    """The truth: ``queries`` with query_id, usage and ``query``, their number from 0.

    ``pairs`` have PAIR, ``query``, ``grade``, and ``own`` for the query's own image.
    """

    queries: pl.DataFrame
    pairs: pl.DataFrame
    path: str

    def positives(self, relevant: Collection[Grade], own_image: bool) -> pl.DataFrame:
        """Return the pairs of relevant grades; those of own images only if ``own_image``."""
        graded = pl.col("grade").is_in([int(grade) for grade in relevant])
        return self.pairs.filter(graded & (pl.lit(own_image) | ~pl.col("own")))


def judge(truth: Table) -> Judgements:
    """Read the judgements: each pair once, and each query with its usage.

    Raises DataError when a grade is unknown, a pair has two grades, a query has several usages, and
    when no query has a relevant image.
    """
    name = display_name(truth.path)
    queries = queries_of(truth.rows, name).with_columns(query=pl.int_range(pl.len()))
    pairs = _pairs(truth.rows, queries, name)
    if not (pairs["grade"] < Grade.JUNK).any():
        raise DataError(
            f"{name}: no query has a relevant image, so there is nothing to score; "
            "was the truth made from the lists that were searched?"
        )
    return Judgements(queries, pairs, truth.path)


def bare_pairs(judgements: Judgements) -> pl.DataFrame:
    """Return the pairs of relevant images that are graded neither easy nor hard."""
    return judgements.pairs.filter(pl.col("grade") == Grade.RELEVANT)


def refuse_bare(judgements: Judgements, protocol: str) -> NoReturn:
    """Raise DataError naming the first of ``bare_pairs``."""
    query, index = bare_pairs(judgements).select(PAIR).row(0)
    raise DataError(
        f"{display_name(judgements.path)}: query {query!r} has {index!r} without a grade; "
        f"{protocol} expects a column grade with easy, hard or junk in each row"
    )


def queries_of(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    """Return query_id and usage of each query. Raises DataError for one with several usages."""
    usages = rows.select("query_id", "usage")
    # Most rows repeat the row before them, and need no search among all.
    changes = usages.select(pl.any_horizontal(pl.all() != pl.all().shift(1)).fill_null(True))
    usages = usages.filter(changes.to_series()).unique(maintain_order=True)
    mixed = usages.filter(pl.col("query_id").is_duplicated())
    if mixed.height:
        query = mixed["query_id"][0]
        found = ", ".join(mixed.filter(pl.col("query_id") == query)["usage"])
        raise DataError(
            f"{name}: query {query!r} has several usages ({found}); expected one per query"
        )
    return usages


def _pairs(rows: pl.DataFrame, queries: pl.DataFrame, name: str) -> pl.DataFrame:
    rows = rows.filter(pl.col("usage") != "ignored")
    grade = pl.col("grade").fill_null("") if "grade" in rows.columns else pl.lit("")
    pairs = rows.select(*PAIR, grade.alias("grade"))
    _check_known_grades(pairs, name)
    if any_equal(pair_hashes(pairs)):
        pairs = pairs.unique(maintain_order=True)
        _check_single_grades(pairs, name)
    numbers = queries.select("query_id", "query")
    return pairs.join(numbers, on="query_id", maintain_order="left").with_columns(
        pl.col("grade").replace_strict(_GRADES, return_dtype=pl.Int8),
        (pl.col("query_id") == pl.col("index_id")).alias("own"),
    )


def _check_known_grades(pairs: pl.DataFrame, name: str) -> None:
    unknown = pairs.filter(~pl.col("grade").is_in(list(_GRADES)))
    if unknown.height:
        query, index, grade = unknown.row(0)
        known = ", ".join(grade for grade in _GRADES if grade)
        raise DataError(
            f"{name}: query {query!r} has {index!r} with the grade {grade!r}; "
            f"expected {known}, or an empty cell for a relevant image without a grade"
        )


def _check_single_grades(pairs: pl.DataFrame, name: str) -> None:
    several = pairs.filter(pl.struct(PAIR).is_duplicated())
    if several.height:
        query, index, _ = several.row(0)
        same = (pl.col("query_id") == query) & (pl.col("index_id") == index)
        words = [grade or "relevant" for grade in several.filter(same)["grade"]]
        first, second = ("junk", "relevant") if "junk" in words else words[:2]
        raise DataError(
            f"{name}: query {query!r} has {index!r} both as {first} and as {second}; keep one"
        )
