"""Scores as tables of Markdown, rounded for reading."""

import html
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import polars as pl

from gld_eval.scores import Scores

Row = Mapping[str, Any]
Cell = Callable[[Row], str]

_MARK = re.compile(r"[\\|`*\[\]~]|(?<![0-9A-Za-z])_|_(?![0-9A-Za-z])")


def markdown_text(scores: Scores) -> Iterator[str]:
    """Yield a table of the means and, if there are any, another of the queries."""
    yield from _table(scores.means, _MEANS)
    if scores.queries.height:
        yield "\n"
        yield from _table(scores.queries, _QUERIES)


def _text(column: str) -> Cell:
    return lambda row: escaped(str(row[column]))


def escaped(text: str) -> str:
    """Escape what Markdown or HTML would read as a mark, so that a page shows the text itself.

    Underscores between letters or digits are none.
    """
    return _MARK.sub(r"\\\g<0>", html.escape(text, quote=False))


def _number(column: str, form: str = ".4f") -> Cell:
    return lambda row: "" if row[column] is None else format(row[column], form)


def _interval(low: str, high: str, form: str = ".4f") -> Cell:
    return lambda row: "" if row[low] is None else f"{row[low]:{form}} to {row[high]:{form}}"


# Title, the column without which it is left out, and the text of a cell.
_MEANS = [
    ("metric", "metric", _text("metric")),
    ("usage", "usage", _text("usage")),
    ("value", "value", _number("value")),
    ("95% interval", "low", _interval("low", "high")),
    ("baseline", "baseline", _number("baseline")),
    ("difference", "difference", _number("difference", "+.4f")),
    ("95% interval", "difference_low", _interval("difference_low", "difference_high", "+.4f")),
    ("p-value", "p_value", _number("p_value")),
]
_QUERIES = [
    ("query", "query_id", _text("query_id")),
    ("metric", "metric", _text("metric")),
    ("usage", "usage", _text("usage")),
    ("value", "value", _number("value")),
    ("baseline", "baseline", _number("baseline")),
    ("difference", "difference", _number("difference", "+.4f")),
    ("relevant", "relevant", _number("relevant", "d")),
    ("found", "found", _number("found", "d")),
    ("first rank", "first_rank", _number("first_rank", "d")),
]


def _table(rows: pl.DataFrame, columns: Iterable[tuple[str, str, Cell]]) -> Iterator[str]:
    kept = [(title, cell) for title, column, cell in columns if column in rows.columns]
    yield _line([title for title, _ in kept])
    yield "|" + "---|" * len(kept) + "\n"
    for row in rows.iter_rows(named=True):
        yield _line([cell(row) for _, cell in kept])


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |\n"
