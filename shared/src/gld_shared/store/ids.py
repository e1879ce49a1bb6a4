"""Reading the ids of a store: strings, each of them once."""

from collections.abc import Iterator

import numpy as np
import polars as pl

from gld_shared.errors import DataError
from gld_shared.store.id_column import SLICE, IdColumn, id_column
from gld_shared.store.layout import RESTORE
from gld_shared.store.text_chunks import read_strings
from gld_shared.store.zarr_group import StoreGroup, zarr_errors


def read_ids(group: StoreGroup) -> IdColumn:
    """Read the ids in row order. Raises DataError when they are damaged, empty or repeated.

    A codec of another program may turn damage into any strings; empty ones are refused.
    Memory: the column, one chunk of the array, and 4 bytes for each id.
    """
    store = group.folder
    ids = id_column(_parts(group))
    empty = int(ids.rows_of([""])[0])
    if empty >= 0:
        raise DataError(f"{store}: row {empty} has an empty id; {RESTORE}")
    repeat = ids.first_repeat()
    if repeat is not None:
        first, row = repeat
        raise DataError(
            f"{store}: row {row} repeats the id {ids[row]!r} of row {first}; expected each id "
            "once; make the store from a list without repeated ids"
        )
    return ids


def _parts(group: StoreGroup) -> Iterator[pl.Series]:
    """Yield the ids in whole chunks, so that each chunk is read once."""
    if group.ids.is_plain and group.ids.has_checksums:
        yield from (read_strings(group.ids, chunk) for chunk in range(group.ids.chunks[0]))
        return
    chunk = group.ids.chunk_shape[0]
    step = max(SLICE // chunk, 1) * chunk
    for start in range(0, group.ids.shape[0], step):
        with zarr_errors(group.ids.folder):
            names = [str(name) for name in np.asarray(group.ids_array[start : start + step])]
        yield pl.Series(names, dtype=pl.String)
