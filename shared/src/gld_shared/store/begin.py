"""Beginning an embedding store: laying out an empty one, which one of many processes does."""

import shutil
from pathlib import Path

import numpy as np
import zarr

from gld_shared.errors import DataError
from gld_shared.files import name_beside, names_beside
from gld_shared.store.layout import FORMAT, chunk_file, partial_of, rows_per_chunk
from gld_shared.store.spec import StoreSpec

_IDS_AT_A_TIME = 1 << 16


def is_begun(folder: Path) -> bool:
    """Whether a folder holds a store, finished or not."""
    return (folder / "zarr.json").exists()


def begin(path: Path, spec: StoreSpec) -> None:
    """Lay out an empty store beside its name, and give it the name if no other process has."""
    partial = partial_of(path)
    beside = name_beside(partial)
    try:
        beside.mkdir()
    except OSError as error:
        raise DataError(f"{partial}: cannot be written: {error.strerror}") from error
    try:
        _lay_out(beside, spec)
        beside.rename(partial)
        # So slow that others have finished in the meantime.
        if is_begun(path):
            shutil.rmtree(partial)
    except OSError:
        # A folder cannot take the name of one that holds files: another process was first.
        if not (is_begun(partial) or is_begun(path)):
            raise
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def remove_unbegun(path: Path) -> None:
    """Remove what processes left that were killed while they laid a store out, now finished."""
    for stray in names_beside(partial_of(path)):
        shutil.rmtree(stray, ignore_errors=True)


def _lay_out(folder: Path, spec: StoreSpec) -> None:
    ids, attributes = spec.ids, {"format": FORMAT, **spec.attributes}
    group = zarr.create_group(folder, zarr_format=3, attributes=attributes, overwrite=True)
    names = group.create_array(
        "ids",
        shape=(len(ids),),
        dtype=np.dtypes.StringDType(),
        chunks=(min(max(len(ids), 1), _IDS_AT_A_TIME),),
        compressors=None,
    )
    for start in range(0, len(ids), _IDS_AT_A_TIME):
        part = list(ids[start : start + _IDS_AT_A_TIME])
        names[start : start + len(part)] = np.asarray(part, dtype=np.dtypes.StringDType())
    group.create_array(
        "vectors",
        shape=spec.shape,
        dtype=spec.dtype,
        chunks=(rows_per_chunk(*spec.shape, spec.dtype), spec.dimension),
        compressors=None,
        fill_value=0,
    )
    chunk_file(folder, 0).parent.parent.mkdir()
