"""Scores as one JSON object."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from gld_eval.scores import Scores


def json_text(scores: Scores, header: Mapping[str, Any]) -> Iterator[str]:
    """Yield the header's keys, and rows under ``scores`` and, if there are any, ``queries``.

    A row is an object with the table's column names as keys; empty cells are left out.
    """
    start = json.dumps(header, ensure_ascii=False, indent=1).removesuffix("\n}")
    yield f'{start},\n "scores": [{_rows(scores.means)}\n ]'
    if scores.queries.height:
        yield ',\n "queries": ['
        for number, part in enumerate(scores.queries.iter_slices()):
            yield ("," if number else "") + _rows(part)
        yield "\n ]"
    yield "\n}\n"


def _rows(rows: pl.DataFrame) -> str:
    filled = ({k: v for k, v in row.items() if v is not None} for row in rows.iter_rows(named=True))
    return ",".join(f"\n  {json.dumps(row, ensure_ascii=False)}" for row in filled)
