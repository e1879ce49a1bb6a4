"""Creating an empty embedding store, which one of many processes does for all."""

import shutil
from pathlib import Path

import numpy as np
import polars as pl
import zarr
from zarr.codecs import Crc32cCodec

from gld_shared.errors import DataError
from gld_shared.files import sync_folder
from gld_shared.store.layout import FORMAT, METADATA, chunk_file, partial_of, rows_per_chunk
from gld_shared.store.spec import StoreSpec
from gld_shared.unfinished_names import name_beside, names_beside

_IDS_AT_A_TIME = 1 << 16


def exists(folder: Path) -> bool:
    """Return whether a folder holds a store, finished or not."""
    return (folder / METADATA).exists()


def create(path: Path, spec: StoreSpec) -> None:
    """Create the ``.partial`` of a store, unless another process does so first."""
    partial = partial_of(path)
    beside = name_beside(partial)
    try:
        beside.mkdir()
    except OSError as error:
        raise DataError(f"{partial}: cannot be written: {error.strerror}") from error
    try:
        write_empty(beside, spec)
        sync_folder(beside)
        beside.rename(partial)
        # Other processes may have finished the store in the meantime.
        if exists(path):
            shutil.rmtree(partial)
    except OSError:
        # The rename fails if another process was first, because its folder is not empty.
        if not (exists(partial) or exists(path)):
            raise
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def remove_strays(path: Path) -> None:
    """Remove the folders of processes that were killed while they created this store."""
    for stray in names_beside(partial_of(path)):
        shutil.rmtree(stray, ignore_errors=True)


def write_empty(folder: Path, spec: StoreSpec, checksums: bool = True) -> None:
    """Write a store's metadata and ids, and no vectors. Stores of older releases lack checksums."""
    ids = pl.Series(spec.ids, dtype=pl.String)
    attributes = {"format": FORMAT, **spec.attributes}
    codecs = Crc32cCodec() if checksums else None
    group = zarr.create_group(folder, zarr_format=3, attributes=attributes, overwrite=True)
    names = group.create_array(
        "ids",
        shape=(len(ids),),
        dtype=np.dtypes.StringDType(),
        chunks=(min(max(len(ids), 1), _IDS_AT_A_TIME),),
        compressors=codecs,
    )
    for start in range(0, len(ids), _IDS_AT_A_TIME):
        part = ids[start : start + _IDS_AT_A_TIME].to_list()
        names[start : start + len(part)] = np.asarray(part, dtype=np.dtypes.StringDType())
    group.create_array(
        "vectors",
        shape=spec.shape,
        dtype=spec.dtype,
        chunks=(rows_per_chunk(*spec.shape, spec.dtype), spec.dimension),
        compressors=codecs,
        fill_value=0,
    )
    chunk_file(folder, 0).parent.parent.mkdir()
