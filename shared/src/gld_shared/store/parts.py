"""Stores one after the other, as one store."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from gld_shared.errors import DataError
from gld_shared.search.blocks import Floats, Rows
from gld_shared.search.stored_rows import StoredRows
from gld_shared.store.comparable import check_comparable
from gld_shared.store.id_column import joined
from gld_shared.store.reader import EmbeddingStore, open_store
from gld_shared.store.wanted_rows import bounds_of, numbers_of


class StoreParts:
    """Stores that are one: the rows of the first come first, then those of the next."""

    def __init__(self, stores: Sequence[EmbeddingStore]) -> None:
        """Keep the parts, at least one.

        Raises DataError for parts that may not be compared or are augmented differently, and for an
        id in two of them.
        """
        for other in stores[1:]:
            check_comparable(stores[0], other)
            _check_augmented_alike(stores[0], other)
        self.stores = list(stores)
        self.path = f"{stores[0].path} ... {stores[-1].path} ({len(stores)} parts)"
        self.attributes: dict[str, Any] = stores[0].attributes
        self.dimension = stores[0].dimension
        self.ids = joined(store.ids for store in stores)
        self.n = len(self.ids)
        self._starts = np.cumsum([0, *(store.n for store in stores)])
        self._refuse_repeats()

    def read(self, rows: slice | Rows) -> Floats:
        """Read the vectors of some rows as float32, shape (len(rows), d)."""
        if isinstance(rows, slice):
            start, stop = bounds_of(rows, self.n)
            parts = [
                store.read(slice(max(start - first, 0), max(stop - first, 0)))
                for store, first, end in zip(
                    self.stores, self._starts, self._starts[1:], strict=False
                )
                if first < stop and start < end
            ]
            empty = np.empty((0, self.dimension), np.float32)
            return np.concatenate([empty, *parts]) if len(parts) != 1 else parts[0]
        rows = numbers_of(rows, self.n)
        vectors = np.empty((len(rows), self.dimension), np.float32)
        part_of = self._part_of(rows)
        for part in np.unique(part_of):
            of_part = np.flatnonzero(part_of == part)
            vectors[of_part] = self.stores[part].read(rows[of_part] - self._starts[part])
        return vectors

    def stored(self, rows: Rows) -> list[StoredRows] | None:
        """Return rows, in rising order, as ``stored_rows`` does."""
        part_of, found = self._part_of(rows), []
        for part in np.unique(part_of):
            stored = self.stores[part].stored(rows[part_of == part] - self._starts[part])
            if stored is None:
                return None
            found += stored
        return found

    def _part_of(self, rows: Rows) -> Rows:
        return np.searchsorted(self._starts, rows, side="right") - 1

    def _refuse_repeats(self) -> None:
        repeat = self.ids.first_repeat()
        if repeat is not None:
            first, second = (self.stores[part] for part in self._part_of(np.array(repeat)))
            raise DataError(
                f"{first.path} and {second.path}: both hold {self.ids[repeat[0]]!r}; expected each "
                "id in one part of an index; name each part once, and embed each image in one"
            )


def _check_augmented_alike(first: EmbeddingStore, other: EmbeddingStore) -> None:
    """Raise DataError for parts whose images have more, or less, of their neighbours in them."""
    ours, theirs = _augmentation_of(first), _augmentation_of(other)
    if ours != theirs:
        raise DataError(
            f"{first.path} and {other.path}: different augmentation ({ours} and {theirs}), so "
            "their scores have no common order; augment both by the same gld-rerank augment, or "
            "neither"
        )


def _augmentation_of(store: EmbeddingStore) -> dict[str, Any] | None:
    """Return the settings of an augmented store; None for what gld-embed wrote."""
    augmentation = store.attributes.get("augmentation")
    if not augmentation:
        return None
    return {name: value for name, value in augmentation.items() if name not in ("store", "graph")}


AnyStore = EmbeddingStore | StoreParts


def open_parts(paths: Sequence[str]) -> AnyStore:
    """Open one store, or several as one. Raises DataError as ``open_store`` does."""
    stores = [open_store(path) for path in paths]
    return stores[0] if len(stores) == 1 else StoreParts(stores)


def stores_of(stores: Sequence[AnyStore]) -> list[EmbeddingStore]:
    """Return all stores, those in parts as their parts."""
    return [
        each
        for store in stores
        for each in (store.stores if isinstance(store, StoreParts) else [store])
    ]


def names_of(store: AnyStore) -> str | list[str]:
    """Return the path of a store, or a list of those of its parts, as headers name them."""
    names = [str(each.path) for each in stores_of([store])]
    return names if isinstance(store, StoreParts) else names[0]
