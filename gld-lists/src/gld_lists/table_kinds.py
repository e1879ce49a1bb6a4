"""The tables that gld-lists alone writes, to be read by people and by cut, grep and sort.

Those that begin with ``id`` and ``path`` are lists as well, which the other commands read.
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
