"""Checks of the arguments of searches from Python, which the command line cannot get wrong."""

from typing import Any

import numpy as np
import numpy.typing as npt
from gld_shared.errors import DataError
from gld_shared.search.blocks import Doubles, Floats, Rows
from gld_shared.store import EmbeddingStore
from gld_shared.store.parts import StoreParts
from gld_shared.store.vectors.lengths import first_unusable

_TYPES = (np.float16, np.float32, np.float64)


def check_stores(name: str, stores: Any) -> None:
    """Raise DataError unless ``stores`` are a list or tuple of open stores, one at least."""
    if not isinstance(stores, list | tuple) or not stores:
        found = "are none" if stores in ([], ()) else f"is of type {type(stores).__name__}"
        raise DataError(
            f"{name}: {found}, expected a list of open stores, such as [open_store('X.zarr')]"
        )
    for store in stores:
        check_store(name, store)


def check_store(name: str, store: Any) -> None:
    """Raise DataError unless ``store`` is an open store, perhaps of several parts."""
    if not isinstance(store, EmbeddingStore | StoreParts):
        raise DataError(
            f"{name}: {store!r} is of type {type(store).__name__}, expected an open store, such as "
            "open_store('X.zarr')"
        )


def check_k(k: Any) -> None:
    """Raise DataError unless ``k`` is a whole number, 1 or more."""
    if isinstance(k, bool) or not isinstance(k, int | np.integer) or k < 1:
        raise DataError(f"k: is {k!r}, expected a whole number of neighbours, 1 or more")


def check_queries(queries: Any, n: int) -> None:
    """Raise DataError unless ``queries`` is a range of consecutive rows of ``n`` queries."""
    is_range = isinstance(queries, range) and queries.step == 1
    if not is_range or queries.start < 0 or queries.stop > n:
        raise DataError(f"queries: are {queries!r}, expected rows within range(0, {n})")


def checked_vectors(vectors: Any, dimension: int, path: object) -> Floats | Doubles:
    """Return vectors (q, d) to compare with those of the store at ``path``, float16 as float32.

    Raises DataError for another type or shape, and naming the first row without a usable length.
    """
    array = _array("vectors", vectors)
    if array.dtype not in _TYPES:
        raise DataError(
            f"vectors: have type {array.dtype}, expected float16, float32 or float64; convert them "
            "with vectors.astype(np.float32)"
        )
    if array.ndim != 2 or array.shape[1] != dimension:
        raise DataError(
            f"vectors: have shape {array.shape}, expected (q, {dimension}), as those of {path}; "
            f"{_remedy_of_shape(array, dimension)}"
        )
    checked: Floats | Doubles = array if array.itemsize > 2 else array.astype(np.float32)
    unusable = first_unusable(checked, checked.dtype)
    if unusable is not None:
        raise DataError(
            f"vectors: row {unusable.position}: {unusable.fault}; leave the row out, or embed its "
            "image again"
        )
    return checked


def check_rows(rows: Any, n: int) -> None:
    """Raise DataError unless ``rows`` are an array of row numbers of a store of ``n`` images."""
    array: Rows = _array("rows", rows)
    if array.dtype.kind not in "iu":
        raise DataError(f"rows: have type {array.dtype}, expected integers, as search returns them")
    outside = array[(array < 0) | (array >= n)]
    if outside.size:
        raise DataError(
            f"rows: hold {outside[0]}, expected 0 to {n - 1}, as search returns them; leave out "
            "rows of -1, which are none"
        )


def _remedy_of_shape(vectors: npt.NDArray[Any], dimension: int) -> str:
    if vectors.shape == (dimension,):
        return "pass a single vector as vectors[None]"
    if vectors.shape[-1:] == (dimension,):
        return f"reshape them with vectors.reshape(-1, {dimension})"
    return "make them with the checkpoint and the image settings of the store"


def _array(name: str, value: Any) -> npt.NDArray[Any]:
    # Nobody says what a masked value is to be.
    if not isinstance(value, np.ndarray) or isinstance(value, np.ma.MaskedArray):
        raise DataError(
            f"{name}: are of type {type(value).__name__}, expected a numpy array; "
            f"np.asarray({name}) makes one"
        )
    return value
