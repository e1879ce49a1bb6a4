"""The kinds of tables: format name, columns, types."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import polars as pl


@dataclass(frozen=True)
class Kind:
    """One kind of table: its format's name, its columns with types, and the optional ones.

    The columns of ``together`` are either all present or all absent.
    """

    format: str
    columns: Mapping[str, pl.DataType]
    optional: frozenset[str] = frozenset()
    together: tuple[str, ...] = ()

    @property
    def required(self) -> list[str]:
        """The columns that every such table has, in order."""
        return [column for column in self.columns if column not in self.optional]


def _kind(
    table_format: str,
    /,
    optional: str = "",
    together: tuple[str, ...] = (),
    **columns: pl.DataType,
) -> Kind:
    missing = frozenset([*optional.split(), *together])
    return Kind(table_format, MappingProxyType(columns), missing, together)


TEXT, INTEGER, FLAG, NUMBER = pl.String(), pl.Int64(), pl.Int8(), pl.Float64()
# A part of an image, in pixels: left, top, right, bottom; right and bottom are exclusive.
BOX = ("x0", "y0", "x1", "y1")

LIST = _kind(
    "gld-list/1",
    optional="label landmark clean country continent",
    together=BOX,
    id=TEXT,
    path=TEXT,
    label=INTEGER,
    landmark=TEXT,
    clean=FLAG,
    country=TEXT,
    continent=TEXT,
    x0=NUMBER,
    y0=NUMBER,
    x1=NUMBER,
    y1=NUMBER,
)
# A list with a reason in each row, so that it can be used as a list once the files are fixed.
UNREADABLE = _kind(
    LIST.format,
    together=BOX,
    id=TEXT,
    path=TEXT,
    x0=NUMBER,
    y0=NUMBER,
    x1=NUMBER,
    y1=NUMBER,
    reason=TEXT,
)
LANDMARKS = _kind(
    "gld-landmarks/1",
    label=INTEGER,
    landmark=TEXT,
    name=TEXT,
    country=TEXT,
    continent=TEXT,
    images=INTEGER,
    clean_images=INTEGER,
)
NEIGHBOURS = _kind(
    "gld-neighbours/1",
    query_id=TEXT,
    index_id=TEXT,
    rank=pl.Int32(),
    score=pl.Float32(),
)
# A recognition: one landmark for each query.
PREDICTIONS = _kind(
    "gld-predictions/1",
    query_id=TEXT,
    landmark=TEXT,
    confidence=pl.Float32(),
)
TRUTH = _kind("gld-truth/1", optional="grade", query_id=TEXT, index_id=TEXT, usage=TEXT, grade=TEXT)
SCORES = _kind(
    "gld-scores/1",
    optional="query_id low high baseline difference difference_low difference_high p_value "
    "relevant found first_rank",
    query_id=TEXT,
    metric=TEXT,
    usage=TEXT,
    value=NUMBER,
    low=NUMBER,
    high=NUMBER,
    baseline=NUMBER,
    difference=NUMBER,
    difference_low=NUMBER,
    difference_high=NUMBER,
    p_value=NUMBER,
    relevant=INTEGER,
    found=INTEGER,
    first_rank=INTEGER,
)
