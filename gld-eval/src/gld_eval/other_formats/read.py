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
from gld_shared.tables import (
    LIST,
    NEIGHBOURS,
    PREDICTIONS,
    TRUTH,
    Kind,
    NeighbourStream,
    Table,
    parse_table,
)
from gld_shared.tables.read import read_text

from gld_eval.other_formats.first_line import Format, format_of
from gld_eval.other_formats.kaggle import (
    read_predictions,
    read_recognition_solution,
    read_solution,
    read_submission,
)
from gld_eval.other_formats.strange_line import is_strange, what_it_lacks
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
        found, stream = _recognised(opened, source, _RANKINGS, NEIGHBOURS)
        if found is None:
            yield NeighbourStream(stream, str(source))
        else:
            yield _table(source, stream, _RANKINGS[found])


def read_any_predictions(source: str | Path) -> Table:
    """Read predictions of gld, or Kaggle's submission of landmarks. Errors as above."""
    with open_input(source) as opened:
        found, stream = _recognised(opened, source, _PREDICTIONS, PREDICTIONS)
        if found is None:
            return parse_table(read_text(stream, display_name(source)), source, PREDICTIONS)
        return _table(source, stream, _PREDICTIONS[found])


def read_other_truth(stream: BinaryIO, line: bytes, source: str | Path) -> Table | None:
    """Read TREC qrels or one of Kaggle's solutions; None for a table of gld.

    ``line`` is the first one, and ``stream`` begins with it. The header names the protocol that the
    format stands for. Errors as above.
    """
    found = _format(line, source, _TRUTHS, TRUTH, LIST)
    if found is None:
        return None
    read, protocol = _TRUTHS[found]
    return _table(source, stream, read, protocol)


def _recognised(
    stream: BinaryIO, source: str | Path, expected: Collection[Format], kind: Kind
) -> tuple[Format | None, BinaryIO]:
    """Return the format, and the stream from its beginning; no format for a table of gld."""
    line = stream.readline(MAXIMUM_BYTES)
    return _format(line, source, expected, kind), with_start(line, stream)


def _format(
    line: bytes, source: str | Path, expected: Collection[Format], *kinds: Kind
) -> Format | None:
    """Return the format that a first line has; None for a table of gld, of the given kinds.

    Raises DataError for another format than the expected ones, and for text that is none.
    """
    found = format_of(line)
    place = f"{display_name(source)}:1"
    if found is None and is_strange(line, kinds):
        raise DataError(f"{place}: {what_it_lacks(line, expected, kinds)}")
    if found is not None and found not in expected:
        raise DataError(
            f"{place}: {found.value}; expected a table of gld, or "
            f"{' or '.join(form.value for form in expected)}"
        )
    return found


def _table(
    source: str | Path, stream: BinaryIO, read: Reader, protocol: str | None = None
) -> Table:
    data = read_text(stream, display_name(source))
    header = {} if protocol is None else {"protocol": protocol}
    rows = read(data, display_name(source))
    return Table(rows, header, str(source), hashlib.sha256(data).hexdigest())
