"""Opening a ranking, predictions or truth of any format, told apart by the first line."""

import hashlib
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import polars as pl
from gld_shared.compression import with_start
from gld_shared.errors import DataError
from gld_shared.files import display_name, open_input
from gld_shared.json_parser import MAXIMUM_BYTES
from gld_shared.neighbours import Ranking, open_ranking
from gld_shared.neighbours.forms import is_zarr
from gld_shared.tables import PREDICTIONS, TRUTH, NeighbourStream, Table, parse_table
from gld_shared.tables.read import read_text

from gld_eval.other_formats.first_line import Format, format_of
from gld_eval.other_formats.kaggle import (
    read_predictions,
    read_recognition_solution,
    read_solution,
    read_submission,
)
from gld_eval.other_formats.trec import read_qrels, read_run

Reader = Callable[[bytes, str], pl.DataFrame]
_RANKINGS: dict[Format, Reader] = {
    Format.TREC_RUN: read_run,
    Format.SUBMISSION: read_submission,
}
_PREDICTIONS: dict[Format, Reader] = {Format.PREDICTIONS: read_predictions}
# Readers of truth, and the protocol that each format stands for.
_TRUTHS: dict[Format, tuple[Reader, str]] = {
    Format.TREC_QRELS: (read_qrels, "trec"),
    Format.SOLUTION: (read_solution, "gldv2-retrieval"),
    Format.RECOGNITION_SOLUTION: (read_recognition_solution, "gldv2-recognition"),
}


@contextmanager
def open_any_ranking(source: str | Path) -> Iterator[Ranking]:
    """Open neighbours of gld in either form, a TREC run, or Kaggle's submission of images.

    ``-`` is standard input. Memory: a block of gld's neighbours; all of another format. Raises
    DataError naming file and line, also for a file of yet another format.
    """
    if is_zarr(source):
        with open_ranking(source) as ranking:
            yield ranking
        return
    with open_input(source) as opened:
        found, stream = _recognised(opened, source, _RANKINGS)
        if found is None:
            yield NeighbourStream(stream, str(source))
        else:
            yield _table(source, stream, _RANKINGS[found])


def read_any_predictions(source: str | Path) -> Table:
    """Read predictions of gld, or Kaggle's submission of landmarks. Errors as above."""
    with open_input(source) as opened:
        found, stream = _recognised(opened, source, _PREDICTIONS)
        if found is None:
            return parse_table(read_text(stream, display_name(source)), source, PREDICTIONS)
        return _table(source, stream, _PREDICTIONS[found])


def read_other_truth(source: str | Path) -> Table | None:
    """Read TREC qrels or one of Kaggle's solutions, or truth of gld from a pipe; None for all else.

    The header names the protocol that the format stands for. Errors as above.
    """
    with open_input(source) as opened:
        found, stream = _recognised(opened, source, _TRUTHS, others=True)
        if found is not None:
            read, protocol = _TRUTHS[found]
            return _table(source, stream, read, protocol)
        # A file can be opened again by those who know other formats, but not a pipe.
        if Path(source).is_file():
            return None
        return parse_table(read_text(stream, display_name(source)), source, TRUTH)


def _recognised(
    stream: BinaryIO, source: str | Path, expected: Collection[Format], others: bool = False
) -> tuple[Format | None, BinaryIO]:
    """Return the format, and the stream from its beginning; no format for a table of gld.

    Raises DataError for another format than the expected ones, and for text without tabs unless
    ``others`` may be read by the caller.
    """
    line = stream.readline(MAXIMUM_BYTES)
    found = format_of(line)
    if found is None and (others or not _is_unknown(line)):
        return None, with_start(line, stream)
    if found not in expected:
        what = "a line without tabs" if found is None else found.value
        raise DataError(
            f"{display_name(source)}:1: {what}; expected a table of gld, or "
            f"{' or '.join(form.value for form in expected)}"
        )
    return found, with_start(line, stream)


def _is_unknown(line: bytes) -> bool:
    """Return whether a first line is text, but not of a table with tabs between its cells."""
    try:
        text = line.decode().strip()
    except UnicodeDecodeError:
        return False
    return text.isprintable() and text != "" and not text.startswith("#") and b"\t" not in line


def _table(
    source: str | Path, stream: BinaryIO, read: Reader, protocol: str | None = None
) -> Table:
    data = read_text(stream, display_name(source))
    header = {} if protocol is None else {"protocol": protocol}
    rows = read(data, display_name(source))
    return Table(rows, header, str(source), hashlib.sha256(data).hexdigest())
