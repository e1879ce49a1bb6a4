"""Opening the Zarr group of a store, and the checks of its metadata."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import zarr

from gld_shared.errors import DataError
from gld_shared.store.layout import ARRAYS, FORMAT, METADATA, RESTORE, array_of

_ATTRIBUTES = {"checkpoint": dict, "image": dict, "history": list}
_JSON_NAMES = {dict: "object", list: "array"}


def open_group(folder: Path) -> zarr.Group:
    """Open the Zarr group of a store, finished or not.

    Raises DataError unless its format and its arrays are those of an embedding store.
    """
    if not (folder / METADATA).is_file():
        raise DataError(f"{folder}: not a Zarr v3 group; expected an embedding store")
    _check_attributes(folder)
    with zarr_errors(folder / METADATA):
        group = zarr.open_group(folder, mode="r", zarr_format=3)
    for name in ARRAYS:
        _check_array(folder, group, name)
    rows = [array_of(group, name).shape[0] for name in ARRAYS]
    if rows[0] != rows[1]:
        raise DataError(f"{folder}: {rows[0]} ids and {rows[1]} vectors; {RESTORE}")
    return group


def _check_attributes(folder: Path) -> None:
    attributes = read_metadata(folder / METADATA).get("attributes")
    attributes = attributes if isinstance(attributes, dict) else {}
    found = attributes.get("format")
    if found != FORMAT:
        raise DataError(f"{folder}: format is {found!r}, expected {FORMAT!r}")
    for name, kind in _ATTRIBUTES.items():
        value = attributes.get(name)
        if not isinstance(value, kind | None):
            raise DataError(
                f"{folder / METADATA}: attribute {name} is {value!r}, expected a JSON "
                f"{_JSON_NAMES[kind]}; {RESTORE}"
            )


def _check_array(folder: Path, group: zarr.Group, name: str) -> None:
    file = folder / name / METADATA
    metadata = read_metadata(file)
    with zarr_errors(file):
        # Zarr divides by these, or reads 0 as 1, depending on its version.
        if 0 in metadata["chunk_grid"]["configuration"].get("chunk_shape", ()):
            raise ValueError("chunk_shape has a 0")
        array, dimensions = array_of(group, name), ARRAYS.index(name) + 1
        kind = np.dtype(array.dtype).kind
    if len(array.shape) != dimensions:
        raise DataError(f"{file}: {len(array.shape)} dimensions, expected {dimensions}; {RESTORE}")
    if name == "vectors" and kind != "f":
        raise DataError(f"{file}: type {array.dtype}, expected float16 or float32; {RESTORE}")


def read_metadata(file: Path) -> dict[str, Any]:
    """Read a ``zarr.json``. Raises DataError when it is missing or damaged."""
    try:
        found = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f"{file}: missing or damaged ({error}); {RESTORE}") from error
    if not isinstance(found, dict):
        raise DataError(f"{file}: damaged (no JSON object); {RESTORE}")
    return found


@contextmanager
def zarr_errors(place: Path) -> Iterator[None]:
    """Turn any error of Zarr into a DataError: damaged files make it raise errors of all types."""
    try:
        yield
    except Exception as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DataError(f"{place}: damaged ({reason}); {RESTORE}") from error
