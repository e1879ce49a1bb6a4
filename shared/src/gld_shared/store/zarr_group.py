"""Opening a Zarr group, whose metadata is checked before Zarr reads it."""

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gld_shared.errors import DataError
from gld_shared.store.array_layout import ArrayLayout
from gld_shared.store.contract import EMBEDDINGS
from gld_shared.store.group_format import GroupFormat
from gld_shared.store.layout import METADATA, RESTORE
from gld_shared.store.metadata import read_group, read_layout
from gld_shared.store.regular_files import size_of

if TYPE_CHECKING:
    import zarr


@dataclass(frozen=True)
class ZarrGroup:
    """A group of one of gld's formats, finished or not: its attributes, and each array's layout."""

    folder: Path
    kind: GroupFormat
    attributes: dict[str, Any]
    arrays: Mapping[str, ArrayLayout]

    @property
    def layouts(self) -> tuple[ArrayLayout, ...]:
        """The layouts of all arrays, in the order of the format."""
        return tuple(self.arrays.values())


@dataclass(frozen=True)
class StoreGroup(ZarrGroup):
    """The group of an embedding store, and its arrays as Zarr opens them when they are used."""

    @property
    def ids(self) -> ArrayLayout:
        """The layout of the ids."""
        return self.arrays["ids"]

    @property
    def vectors(self) -> ArrayLayout:
        """The layout of the vectors."""
        return self.arrays["vectors"]

    @cached_property
    def ids_array(self) -> "zarr.Array[Any]":
        """The ids, read through Zarr. Raises DataError where it refuses their metadata."""
        return _open(self.ids)

    @cached_property
    def vectors_array(self) -> "zarr.Array[Any]":
        """The vectors, read through Zarr. Raises DataError where it refuses their metadata."""
        return _open(self.vectors)


def read_zarr_group(folder: Path, kind: GroupFormat) -> ZarrGroup:
    """Read the metadata of a group. Raises DataError unless it is that of the format."""
    if size_of(folder / METADATA, kind.restore) is None:
        raise DataError(f"{folder}: not a Zarr v3 group; expected {kind.expected}")
    attributes = read_group(folder, kind)["attributes"]
    # To a reader, null is the same as no attribute.
    attributes = {name: value for name, value in attributes.items() if value is not None}
    arrays = {name: read_layout(folder / name, kind) for name in kind.arrays}
    first, second = arrays.values()
    if first.shape[0] != second.shape[0]:
        raise DataError(
            f"{folder}: {first.shape[0]} {first.name} and {second.shape[0]} {second.name}; "
            f"{kind.restore}"
        )
    return ZarrGroup(folder, kind, attributes, arrays)


def open_group(folder: Path) -> StoreGroup:
    """Open the Zarr group of a store, finished or not.

    Raises DataError unless its metadata is that of an embedding store.
    """
    group = read_zarr_group(folder, EMBEDDINGS)
    return StoreGroup(group.folder, group.kind, group.attributes, group.arrays)


def check_through_zarr(group: StoreGroup) -> None:
    """Raise DataError where Zarr refuses the metadata, of which no digest says that it is gld's."""
    _ = group.ids_array, group.vectors_array


def _open(layout: ArrayLayout) -> "zarr.Array[Any]":
    # Imported here: its import takes as long as a small search.
    import zarr

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
