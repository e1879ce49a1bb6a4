"""The ids of a store: strings, each of them once."""

from pathlib import Path

import numpy as np
import polars as pl

from gld_shared.errors import DataError
from gld_shared.store.layout import RESTORE
from gld_shared.store.zarr_group import StoreGroup, zarr_errors


def read_ids(group: StoreGroup) -> list[str]:
    """Read the ids in row order. Raises DataError when they are damaged, empty or repeated.

    A codec of another program may turn damage into any strings; empty ones are refused.
    """
    store = group.folder
    with zarr_errors(group.ids.folder):
        names = [str(name) for name in np.asarray(group.ids_array[:])]
    column = pl.Series(names, dtype=pl.String)
    if (column == "").any():
        row = names.index("")
        raise DataError(f"{store}: row {row} has an empty id; {RESTORE}")
    if column.n_unique() < len(names):
        _refuse_repeated(store, names)
    return names


def _refuse_repeated(store: Path, names: list[str]) -> None:
    row_of: dict[str, int] = {}
    for row, name in enumerate(names):
        first = row_of.setdefault(name, row)
        if first != row:
            raise DataError(
                f"{store}: row {row} repeats the id {name!r} of row {first}; expected each id "
                "once; make the store from a list without repeated ids"
            )
