"""The rules that the rows of each kind of table must satisfy, beyond their types."""

from collections.abc import Callable

import polars as pl

from gld_shared.errors import DataError
from gld_shared.tables.kinds import (
    BOX,
    LANDMARKS,
    LIST,
    NEIGHBOURS,
    PREDICTIONS,
    SCORES,
    TRUTH,
    Kind,
)
from gld_shared.tables.pair_hashes import any_equal, pair_hashes

Rule = tuple[pl.Expr, str]


def check_rules(rows: pl.DataFrame, name: str, first_row_line: int, kind: Kind) -> None:
    """Raise DataError for the first row that breaks a rule of its kind, with file and line."""
    rules = _RULES[kind.format](rows)
    broken = rows.select(
        (~condition.fill_null(False)).arg_true().first().alias(str(position))
        for position, (condition, _) in enumerate(rules)
    )
    found = [(row, position) for position, row in enumerate(broken.row(0)) if row is not None]
    if found:
        row, position = min(found)
        raise DataError(f"{name}:{first_row_line + row}: {rules[position][1]}")


def _filled(column: str) -> Rule:
    return pl.col(column).cast(pl.String).fill_null("") != "", f"{column} is empty"


def _list_rules(rows: pl.DataFrame) -> list[Rule]:
    path = pl.col("path")
    rules = [
        _filled("id"),
        _filled("path"),
        (
            ~path.str.starts_with("/") & ~path.str.contains(r"(^|/)\.\.(/|$)"),
            "path leaves the images folder; expected one relative to --images, without ..",
        ),
    ]
    if "label" in rows.columns:
        label = pl.col("label")
        rules.append((label.is_null() | (label >= 0), "label is negative, expected 0 or more"))
    if "clean" in rows.columns:
        clean = pl.col("clean")
        rules.append((clean.is_null() | clean.is_in([0, 1]), "clean is not 0 or 1"))
    return [*rules, *_box_rules()] if BOX[0] in rows.columns else rules


def _box_rules() -> list[Rule]:
    filled = pl.sum_horizontal(pl.col(column).is_not_null() for column in BOX)
    empty = filled == 0
    box = pl.struct(BOX)
    return [
        (empty | (filled == len(BOX)), f"{' '.join(BOX)} are filled in part, expected all or none"),
        *(
            (
                pl.col(column).is_null() | (pl.col(column).is_finite() & (pl.col(column) >= 0)),
                f"{column} is not a number of pixels, expected 0 or more",
            )
            for column in BOX
        ),
        (empty | (pl.col("x0") < pl.col("x1")), "x0 is not less than x1"),
        (empty | (pl.col("y0") < pl.col("y1")), "y0 is not less than y1"),
        (
            box.eq_missing(box.first().over("id")),
            "id appears twice with two boxes; give each box an id of its own",
        ),
    ]


def _neighbour_rules(rows: pl.DataFrame) -> list[Rule]:
    rank, score = pl.col("rank"), pl.col("score")
    first = rows.select((pl.col("query_id") != pl.col("query_id").shift(1)).fill_null(True))
    starts = pl.lit(first.to_series())
    rules = [
        _filled("query_id"),
        _filled("index_id"),
        (score.is_not_null() & score.is_not_nan(), "score is empty or not a number"),
        (
            rank == pl.when(starts).then(1).otherwise(rank.shift(1) + 1),
            "rank is out of order; a query's ranks are 1, 2, 3 and so on",
        ),
        (starts | (score <= score.shift(1)), "score rises within a query; expected best first"),
    ]
    # These two take long, so they are checked once it is known that a row breaks them.
    queries = rows["query_id"].filter(first.to_series())
    if queries.n_unique() < len(queries):
        again = ~starts | pl.col("query_id").is_first_distinct()
        rules.insert(3, (again, "rows of a query are not adjacent; sort them"))
    if any_equal(pair_hashes(rows)):
        pair = pl.struct("query_id", "index_id")
        rules.append((pair.is_first_distinct(), "index_id appears twice in this query"))
    return rules


def _truth_rules(_: pl.DataFrame) -> list[Rule]:
    usage = pl.col("usage")
    return [
        _filled("query_id"),
        (
            usage.is_in(["public", "private", "all", "ignored"]),
            "usage is not one of public, private, all, ignored",
        ),
        (
            (pl.col("index_id") == "") == (usage == "ignored"),
            "index_id is empty exactly when usage is ignored; this row breaks that",
        ),
    ]


def _landmark_rules(_: pl.DataFrame) -> list[Rule]:
    return [_filled("label"), (pl.col("label").is_first_distinct(), "label appears twice")]


def _prediction_rules(_: pl.DataFrame) -> list[Rule]:
    confidence = pl.col("confidence")
    return [
        _filled("query_id"),
        _filled("landmark"),
        (
            confidence.is_not_null() & confidence.is_not_nan(),
            "confidence is empty or not a number",
        ),
        (pl.col("query_id").is_first_distinct(), "query_id appears twice; expected one landmark"),
    ]


def _score_rules(_: pl.DataFrame) -> list[Rule]:
    return [_filled("metric"), _filled("usage")]


_RULES: dict[str, Callable[[pl.DataFrame], list[Rule]]] = {
    LIST.format: _list_rules,
    LANDMARKS.format: _landmark_rules,
    NEIGHBOURS.format: _neighbour_rules,
    TRUTH.format: _truth_rules,
    SCORES.format: _score_rules,
    PREDICTIONS.format: _prediction_rules,
}
