"""The labelled images of one network: their vectors, landmarks and countries."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from gld_shared.errors import DataError
from gld_shared.neighbours import NONE
from gld_shared.search.blocks import Rows
from gld_shared.search.index import Index
from gld_shared.search.some_rows import SomeRows
from gld_shared.store import EmbeddingStore
from gld_shared.store.labels_from_list import join_labels, label_array
from gld_shared.tables import Table


@dataclass(frozen=True)
class References:
    """Labelled images: their vectors, and label and country (n,) of each, -1 = none.

    Countries are places in ``country_names``. ``store_rows`` (n,), ascending, are the images' rows
    in their store.
    """

    vectors: Index
    labels: Rows
    countries: Rows
    store_rows: Rows
    country_names: Sequence[str] = ()


def references_of(store: EmbeddingStore, table: Table, with_countries: bool = True) -> References:
    """Return the images of a store that have a label in a list.

    Raises DataError when the list lacks labels, an image of the store or, ``with_countries``, their
    countries, when no image has a label, and when there is none. Memory: the list, and some numbers
    for each image.
    """
    names = pl.Series(dtype=pl.String)
    if with_countries and "label" in table.rows.columns:  # without labels, that is the error
        names = _countries(table)
    number = pl.lit(None, dtype=pl.Int64)
    if len(names):
        places = pl.col("country").cast(pl.Enum(names), strict=False).to_physical()
        number = places.cast(pl.Int64)
    if not store.n:
        raise DataError(f"{store.path}: holds no images; expected labelled references")
    found = join_labels(store, table, number.alias("country"))
    unlisted = found.filter(pl.col("listed").is_null())
    if unlisted.height:
        raise DataError(
            f"{table.path}: {unlisted['id'][0]!r} of {store.path} is not in the list "
            f"({unlisted.height} such); give the list that the store was made from"
        )
    labels, countries = label_array(found["label"]), label_array(found["country"])
    kept = np.flatnonzero(labels != NONE)
    if not len(kept):
        raise DataError(
            f"{table.path}: none of the {store.n:,} images of {store.path} has a label; "
            "expected labelled references"
        )
    vectors = store if len(kept) == store.n else SomeRows(store, kept)
    return References(vectors, labels[kept], countries[kept], kept, names.to_list())


def _countries(table: Table) -> pl.Series:
    """Return the distinct countries of a list, sorted."""
    fault = "no column country"
    if "country" in table.rows.columns:
        names = table.rows["country"].drop_nulls().unique().sort()
        names = names.filter(names != "")
        if len(names):
            return names
        fault = "column country is empty"
    raise DataError(
        f"{table.path}: {fault}, so countries cannot vote; give a list with countries, "
        "or --beta 0 to count landmarks only"
    )
