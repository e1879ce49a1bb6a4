"""Opening the Zarr group of a store, whose metadata is checked before Zarr reads it."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import zarr

from gld_shared.errors import DataError
from gld_shared.store.array_layout import ArrayLayout
from gld_shared.store.layout import METADATA, RESTORE
from gld_shared.store.metadata import read_group, read_layout
from gld_shared.store.regular_files import size_of


@dataclass(frozen=True)
class StoreGroup:
    """A store, finished or not: its attributes, the layout of its arrays, and the arrays."""

    folder: Path
    attributes: dict[str, Any]
    ids: ArrayLayout
    vectors: ArrayLayout
    ids_array: zarr.Array[Any]
    vectors_array: zarr.Array[Any]

    @property
    def layouts(self) -> tuple[ArrayLayout, ArrayLayout]:
        """The layouts of ids and vectors."""
        return self.ids, self.vectors


def open_group(folder: Path) -> StoreGroup:
    """Open the Zarr group of a store, finished or not.

    Raises DataError unless its metadata is that of an embedding store.
    """
    if size_of(folder / METADATA) is None:
        raise DataError(f"{folder}: not a Zarr v3 group; expected an embedding store")
    attributes = read_group(folder)["attributes"]
    # To a reader, null is the same as no attribute.
    attributes = {name: value for name, value in attributes.items() if value is not None}
    ids, vectors = read_layout(folder / "ids"), read_layout(folder / "vectors")
    if ids.shape[0] != vectors.shape[0]:
        raise DataError(f"{folder}: {ids.shape[0]} ids and {vectors.shape[0]} vectors; {RESTORE}")
    return StoreGroup(folder, attributes, ids, vectors, _open(ids), _open(vectors))


def _open(layout: ArrayLayout) -> zarr.Array[Any]:
    # Each array by itself: consolidated metadata of the group may say something else.
    with zarr_errors(layout.folder / METADATA):
        return zarr.open_array(layout.folder, mode="r", zarr_format=3)


@contextmanager
def zarr_errors(place: Path) -> Iterator[None]:
    """Turn any error of Zarr into a DataError: damaged files make it raise errors of all types.

    Its warnings are about types that are not in Zarr's specification yet, and about damage too.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except Exception as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DataError(f"{place}: damaged ({reason}); {RESTORE}") from error
