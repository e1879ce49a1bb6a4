"""The ids of a store: strings, each of them once."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import zarr

from gld_shared.errors import DataError
from gld_shared.store.layout import RESTORE
from gld_shared.store.zarr_group import zarr_errors


def read_ids(store: Path, ids: zarr.Array[Any]) -> list[str]:
    """Read the ids in row order. Raises DataError when they are damaged, empty or repeated.

    Zarr fills a missing chunk with empty strings, which are refused.
    """
    with zarr_errors(store / "ids"):
        names = [str(name) for name in np.asarray(ids[:])]
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
