"""Why the results of one query moved: the reasons that a method gives, and a text of them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from gld_shared.search.blocks import Floats, Rows
from gld_shared.text_encoding import shown

from gld_rerank.neighbours import Neighbours


@dataclass(frozen=True)
class Reasons:
    """What a method says about one query.

    ``about`` are lines on the query itself. ``columns`` has a row for each of its results, in
    order, with whatever moved them; null is shown as a dash.
    """

    about: Sequence[str] = ()
    columns: pl.DataFrame = field(default_factory=pl.DataFrame)


# From a query's place in the table, and the index rows of its results (k,), to the reasons.
Explain = Callable[[int, Rows], Reasons]


def no_reasons(query: int, rows: Rows) -> Reasons:
    """Give no reasons, so that only the places before and after are shown."""
    return Reasons()


def moves(neighbours: Neighbours, query: int, rows: Rows, scores: Floats) -> pl.DataFrame:
    """Return a row for each result (k,) of a query: its place and score now and in the table.

    Columns: rank, index_id, score, `was` (the rank in the table, null = not in it), `moved`
    (places up), and `score_was`.
    """
    places = {int(row): place for place, row in enumerate(neighbours.rows[query]) if row >= 0}
    before = [places.get(int(row)) for row in rows]
    ranks = range(1, len(rows) + 1)
    return pl.DataFrame(
        {
            "rank": list(ranks),
            "index_id": neighbours.index_side.ids.take(rows),
            "score": scores,
            "was": [None if place is None else place + 1 for place in before],
            "moved": [
                None if place is None else f"{place + 1 - rank:+}" if place + 1 != rank else "0"
                for place, rank in zip(before, ranks, strict=True)
            ],
            "score_was": [
                None if place is None else neighbours.scores[query, place] for place in before
            ],
        },
        schema={
            "rank": pl.Int64,
            "index_id": pl.String,
            "score": pl.Float32,
            "was": pl.Int64,
            "moved": pl.String,
            "score_was": pl.Float32,
        },
    )


def text_lines(frame: pl.DataFrame) -> Iterator[str]:
    """Yield a table as lines of aligned text: numbers to the right, with 4 decimals."""
    columns = [_cells(column) for column in frame.iter_columns()]
    widths = [max(map(len, column)) for column in columns]
    right = [column.dtype.is_numeric() for column in frame.iter_columns()]
    for cells in zip(*columns, strict=True):
        aligned = [
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(cells, widths, right, strict=True)
        ]
        yield "  ".join(aligned).rstrip()


def _cells(column: pl.Series) -> list[str]:
    """Return a column's name and its cells as text."""
    return [column.name, *(_cell(value) for value in column)]


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.4f}" if np.isfinite(value) else str(value)
    return shown(str(value))
