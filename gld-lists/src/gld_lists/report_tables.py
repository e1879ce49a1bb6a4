"""The kinds of table that only gld-lists writes, for people and for cut, grep and sort.

A table with the columns ``id`` and ``path`` is also a list, which the other commands read.
"""

from types import MappingProxyType

import polars as pl
from gld_shared.tables import LIST, Kind
from gld_shared.tables.kinds import INTEGER, TEXT


def _kind(table_format: str, **columns: pl.DataType) -> Kind:
    return Kind(table_format, MappingProxyType(columns))


PROBLEMS = _kind(LIST.format, id=TEXT, path=TEXT, problem=TEXT, detail=TEXT)
DUPLICATES = _kind("gld-duplicates/1", id=TEXT, original_id=TEXT, kind=TEXT, distance=INTEGER)
LEAKS = _kind("gld-leaks/1", list=TEXT, id=TEXT, train_id=TEXT, kind=TEXT, distance=INTEGER)
STATISTICS = _kind(
    "gld-statistics/1",
    list=TEXT,
    by=TEXT,
    name=TEXT,
    images=INTEGER,
    unlabelled=INTEGER,
    landmarks=INTEGER,
    clean_share=pl.Float64(),
    fewest=INTEGER,
    lower_quartile=INTEGER,
    median=INTEGER,
    upper_quartile=INTEGER,
    percentile_99=INTEGER,
    most=INTEGER,
)
