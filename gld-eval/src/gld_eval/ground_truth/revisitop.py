"""Ground truth of revisited Oxford and Paris (``gnd_roxford5k.pkl``, ``gnd_rparis6k.pkl``).

Source: Radenovic et al., Revisiting Oxford and Paris, 2018; filipradenovic/revisitop.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import polars as pl
from gld_shared.errors import DataError
from gld_shared.files import display_name, open_input
from gld_shared.provenance import history_of
from gld_shared.tables import LIST, TRUTH, Table, write_table
from gld_shared.text_encoding import is_utf8

from gld_eval.ground_truth.plain_pickle import read_plain_pickle

GRADES = ("easy", "hard", "junk")
_MAXIMUM_BYTES = 64 << 20


@dataclass(frozen=True)
class GroundTruth:
    """Names of queries and of the images to search, and the graded pairs.

    ``boxes`` (queries, 4): left, top, right, bottom of the part of each query's image that is
    searched for.
    """

    queries: list[str]
    images: list[str]
    boxes: list[list[float]]
    truth: Table

    def query_list(self, suffix: str = ".jpg") -> pl.DataFrame:
        """Return a list of the queries with their boxes; ids are names, paths end in ``suffix``."""
        boxes = dict(zip(("x0", "y0", "x1", "y1"), zip(*self.boxes, strict=True), strict=True))
        return _list(self.queries, suffix).with_columns(
            pl.Series(side, values, pl.Float64) for side, values in boxes.items()
        )

    def image_list(self, suffix: str = ".jpg") -> pl.DataFrame:
        """Return a list of the images to search; ids are names, paths end in ``suffix``."""
        return _list(self.images, suffix)


def read_ground_truth(source: str | Path) -> GroundTruth:
    """Read a ground truth file; raises DataError, before any of it runs, for other than data."""
    with open_input(source) as stream:
        return parse_ground_truth(stream, source)


def parse_ground_truth(stream: BinaryIO, source: str | Path) -> GroundTruth:
    """Read a ground truth file from its beginning, once opened. Errors as above."""
    name = display_name(source)
    data = stream.read(_MAXIMUM_BYTES + 1)
    if len(data) > _MAXIMUM_BYTES:
        raise DataError(
            f"{name}: over {_MAXIMUM_BYTES:,} bytes, expected a ground truth file such as "
            "gnd_roxford5k.pkl, of less than one megabyte"
        )
    found = _expected(read_plain_pickle(data, name), dict, name, "the whole", "a dict")
    images = _names(found, "imlist", name)
    queries = _names(found, "qimlist", name)
    graded = _expected(found.get("gnd"), list, name, "gnd", "a list")
    if len(graded) != len(queries):
        raise DataError(f"{name}: gnd has {len(graded)} entries and qimlist {len(queries)}")
    rows = list(_rows(queries, images, graded, name))
    schema = dict(TRUTH.columns)
    truth = Table(
        pl.DataFrame(rows, schema, orient="row"), {}, str(source), hashlib.sha256(data).hexdigest()
    )
    boxes = [_box(entry, f"gnd[{row}].bbx", name) for row, entry in enumerate(graded)]
    return GroundTruth(queries, images, boxes, truth)


def write_lists(source: str | Path, queries: str | Path, images: str | Path) -> None:
    """Write the lists of the queries, with boxes, and of the images to search. Errors as above."""
    found = read_ground_truth(source)
    header = {"history": history_of("gld-eval", [str(source)], [found.truth])}
    write_table(queries, LIST, found.query_list(), header)
    write_table(images, LIST, found.image_list(), header)


def _rows(
    queries: list[str], images: list[str], graded: list[Any], name: str
) -> Iterator[tuple[str, str, str, str]]:
    for row, (query, entry) in enumerate(zip(queries, graded, strict=True)):
        entry = _expected(entry, dict, name, f"gnd[{row}]", "a dict")
        pairs = [
            (query, images[position], "all", grade)
            for grade in GRADES
            for position in _positions(entry, grade, len(images), f"gnd[{row}].{grade}", name)
        ]
        yield from pairs or [(query, "", "ignored", "")]


def _positions(entry: dict[str, Any], grade: str, count: int, place: str, name: str) -> list[int]:
    if grade not in entry:
        raise DataError(f"{name}: {place}: missing; expected easy, hard and junk for each query")
    values = _numbers(entry[grade], "iu")
    if values is None:
        raise DataError(f"{name}: {place}: expected a list of positions in imlist")
    wrong = [value for value in values if not 0 <= value < count]
    if wrong:
        raise DataError(
            f"{name}: {place}: position {wrong[0]:.0f}, expected 0 to {count - 1} of imlist"
        )
    return [int(value) for value in dict.fromkeys(values)]


def _box(entry: dict[str, Any], place: str, name: str) -> list[float]:
    values = _numbers(entry.get("bbx"), "iuf")
    if values is None or len(values) != 4:
        raise DataError(f"{name}: {place}: expected four numbers, left, top, right and bottom")
    return values


def _numbers(value: Any, kinds: str) -> list[float] | None:
    """Return a list or an array of numbers of some kinds as a list, and None for all else."""
    try:
        array = np.asarray(value if isinstance(value, list | np.ndarray) else None)
    except ValueError:  # lists of several lengths
        return None
    if array.ndim != 1 or (array.size and array.dtype.kind not in kinds):
        return None
    return [float(number) for number in array.tolist()]


def _names(found: dict[str, Any], key: str, name: str) -> list[str]:
    values = _expected(found.get(key), list, name, key, "a list of names")
    for row, value in enumerate(values):
        _expected(value, str, name, f"{key}[{row}]", "a name")
        if not is_utf8(value):
            raise DataError(
                f"{name}: {key}[{row}]: {value!r} has half of a surrogate pair, expected a name "
                "that UTF-8 can hold"
            )
    return list(values)


def _expected(value: Any, kind: type, name: str, place: str, expected: str) -> Any:
    if not isinstance(value, kind):
        found = "missing" if value is None else type(value).__name__
        raise DataError(
            f"{name}: {place}: {found}, expected {expected}, as in gnd_roxford5k.pkl of "
            "revisited Oxford and Paris"
        )
    return value


def _list(names: list[str], suffix: str) -> pl.DataFrame:
    return pl.DataFrame({"id": names, "path": [f"{name}{suffix}" for name in names]})
