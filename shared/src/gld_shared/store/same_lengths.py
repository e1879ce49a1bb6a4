"""The lengths of vectors that are compared: 1 in all stores, if one is marked ``normalized``."""

from collections.abc import Sequence

from gld_shared.store.parts import AnyStore, stores_of


def expect_same_lengths(stores: Sequence[AnyStore]) -> None:
    """Expect vectors of length 1 in all stores, as they are read, if one is marked ``normalized``.

    Otherwise similarities would rank the vectors of the others by their lengths too. Where none is
    marked, vectors may have any length, and similarities are their inner products.
    """
    every = stores_of(stores)
    marked = next((store for store in every if store.is_normalized), None)
    if marked is not None:
        for store in every:
            store.expect_unit_length(marked)
