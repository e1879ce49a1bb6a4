"""Telling the formats apart by their first line."""

import re
from codecs import BOM_UTF8
from enum import Enum

from gld_shared.text_encoding import shortened


class Format(Enum):
    """A format that gld does not write, with words for it in messages."""

    TREC_RUN = "a TREC run (query Q0 image rank score tag)"
    TREC_QRELS = "TREC qrels (query 0 image relevance)"
    SUBMISSION = "Kaggle's submission (id,images)"
    PREDICTIONS = "Kaggle's submission (id,landmarks)"
    SOLUTION = "Kaggle's solution (id,images,Usage)"
    RECOGNITION_SOLUTION = "Kaggle's solution (id,landmarks,Usage)"


_NUMBER = rb"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?inf|nan"
_INTEGER = rb"[+-]?\d+"
_CELLS = {Format.TREC_RUN: 6, Format.TREC_QRELS: 4}
_COLUMNS = {
    b"id,images": Format.SUBMISSION,
    b"id,landmarks": Format.PREDICTIONS,
    b"id,images,usage": Format.SOLUTION,
    b"id,landmarks,usage": Format.RECOGNITION_SOLUTION,
}


def format_of(line: bytes) -> Format | None:
    """Return the format whose first line this is; None for all else, as for gld's own tables.

    A run has six columns without names, a rank fourth and a score fifth; qrels have four, the last
    an integer, and 0 second if the third is a number. The CSV files are known by the names of their
    columns.
    """
    line = line.removeprefix(BOM_UTF8).strip()
    columns = b",".join(name.strip().strip(b'"') for name in line.split(b",")).lower()
    if columns in _COLUMNS:
        return _COLUMNS[columns]
    for form in (Format.TREC_RUN, Format.TREC_QRELS):
        if not _need(line.split(), form):
            return form
    return None


def lacks(line: bytes, form: Format) -> str:
    """Say what a first line, which is not of this form, would need to be."""
    if form in _CELLS:
        verb = "need" if form is Format.TREC_QRELS else "needs"
        return f"{verb} {_need(line.removeprefix(BOM_UTF8).split(), form)}"
    return "needs these columns in this order"


def _need(cells: list[bytes], form: Format) -> str:
    """Return what the cells of a line of TREC's files need; empty if they are as they should be."""
    if len(cells) != _CELLS[form]:
        return f"{_CELLS[form]} cells, found {len(cells)}"
    if form is Format.TREC_QRELS:
        if not _is(_INTEGER, cells[3]):
            return f"an integer as relevance, found {_shown(cells[3])}"
        # Of neighbours without column names, the third cell is the rank.
        if _is(_NUMBER, cells[2]) and cells[1] != b"0":
            return f"0 as its second cell where images are numbers, found {_shown(cells[1])}"
    elif not _is(_INTEGER, cells[3]):
        return f"an integer as rank, found {_shown(cells[3])}"
    elif not _is(_NUMBER, cells[4]):
        return f"a number as score, found {_shown(cells[4])}"
    return ""


def _is(pattern: bytes, cell: bytes) -> bool:
    return re.fullmatch(pattern, cell) is not None


def _shown(cell: bytes) -> str:
    return repr(shortened(cell.decode(errors="replace"), 30))
