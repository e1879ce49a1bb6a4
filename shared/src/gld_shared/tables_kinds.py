"""The kinds of tables: format name, columns, types."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import polars as pl


@dataclass(frozen=True)
class Kind:
    """One kind of table: its format's name, its columns with types, and which may be missing."""

    format: str
    columns: Mapping[str, pl.DataType]
    optional: frozenset[str] = frozenset()

    @property
    def required(self) -> list[str]:
        """The columns that every such table has, in order."""
        return [column for column in self.columns if column not in self.optional]


def _kind(table_format: str, /, optional: str = "", **columns: pl.DataType) -> Kind:
    return Kind(table_format, MappingProxyType(columns), frozenset(optional.split()))


TEXT, INTEGER, FLAG = pl.String(), pl.Int64(), pl.Int8()

LIST = _kind(
    "gld-list/1",
    optional="label landmark clean country continent",
    id=TEXT,
    path=TEXT,
    label=INTEGER,
    landmark=TEXT,
    clean=FLAG,
    country=TEXT,
    continent=TEXT,
)
# A list with a reason, so that it can be read on its own once the files are mended.
UNREADABLE = _kind(LIST.format, id=TEXT, path=TEXT, reason=TEXT)
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
TRUTH = _kind("gld-truth/1", optional="grade", query_id=TEXT, index_id=TEXT, usage=TEXT, grade=TEXT)
SCORES = _kind(
    "gld-scores/1",
    optional="query_id low high",
    query_id=TEXT,
    metric=TEXT,
    usage=TEXT,
    value=pl.Float64(),
    low=pl.Float64(),
    high=pl.Float64(),
)
