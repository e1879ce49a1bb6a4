"""Telling the formats apart by their first line."""

import re
from enum import Enum


class Format(Enum):
    """A format that gld does not write, with words for it in messages."""

    TREC_RUN = "a TREC run (query Q0 image rank score tag)"
    TREC_QRELS = "TREC qrels (query 0 image relevance)"
    SUBMISSION = "Kaggle's submission (id,images)"
    PREDICTIONS = "Kaggle's submission (id,landmarks)"
    SOLUTION = "Kaggle's solution (id,images,Usage)"
    RECOGNITION_SOLUTION = "Kaggle's solution (id,landmarks,Usage)"


_NUMBER = rb"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?inf|nan"
_COLUMNS = {
    b"id,images": Format.SUBMISSION,
    b"id,landmarks": Format.PREDICTIONS,
    b"id,images,usage": Format.SOLUTION,
    b"id,landmarks,usage": Format.RECOGNITION_SOLUTION,
}


def format_of(line: bytes) -> Format | None:
    """Return the format whose first line this is; None for all else, as for gld's own tables.

    A run has six columns without names, a rank fourth and a score fifth; qrels have four, the last
    an integer. The CSV files are known by the names of their columns.
    """
    line = line.removeprefix(b"\xef\xbb\xbf").strip()
    columns = b",".join(name.strip().strip(b'"') for name in line.split(b",")).lower()
    if columns in _COLUMNS:
        return _COLUMNS[columns]
    cells = line.split()
    if len(cells) == 6 and _is(rb"[+-]?\d+", cells[3]) and _is(_NUMBER, cells[4]):
        return Format.TREC_RUN
    if len(cells) == 4 and _is(rb"[+-]?\d+", cells[3]) and not _is(_NUMBER, cells[2]):
        return Format.TREC_QRELS
    return None


def _is(pattern: bytes, cell: bytes) -> bool:
    return re.fullmatch(pattern, cell) is not None
