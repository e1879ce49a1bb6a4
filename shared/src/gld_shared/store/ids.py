"""Reading the ids of a store: strings, each of them once."""

from collections.abc import Iterator

import numpy as np

from gld_shared.errors import DataError
from gld_shared.store.id_column import SLICE, IdColumn, column_of_strings, id_column
from gld_shared.store.layout import RESTORE
from gld_shared.store.text_chunks import read_strings
from gld_shared.store.zarr_group import StoreGroup, zarr_errors


def read_ids(group: StoreGroup) -> IdColumn:
    """Read the ids in row order. Raises DataError when they are damaged, empty or repeated.

    A codec of another program may turn damage into any strings; empty ones are refused.
    Memory: the column, one chunk of the array, and 4 bytes for each id.
    """
    store = group.folder
    ids = _read(group)
    empty = ids.first_empty()
    if empty is not None:
        raise DataError(f"{store}: row {empty} has an empty id; {RESTORE}")
    repeat = ids.first_repeat()
    if repeat is not None:
        first, row = repeat
        raise DataError(
            f"{store}: row {row} repeats the id {ids[row]!r} of row {first}; expected each id "
            "once; make the store from a list without repeated ids"
        )
    return ids


def _read(group: StoreGroup) -> IdColumn:
    if group.ids.is_plain and group.ids.has_checksums:
        chunks = range(group.ids.chunks[0])
        return column_of_strings(read_strings(group.ids, chunk) for chunk in chunks)
    return id_column(_through_zarr(group))


def _through_zarr(group: StoreGroup) -> Iterator[list[str]]:
    """Yield the ids in whole chunks, so that each chunk is read once."""
    chunk = group.ids.chunk_shape[0]
    step = max(SLICE // chunk, 1) * chunk
    for start in range(0, group.ids.shape[0], step):
        with zarr_errors(group.ids.folder):
            names = [str(name) for name in np.asarray(group.ids_array[start : start + step])]
        yield names
