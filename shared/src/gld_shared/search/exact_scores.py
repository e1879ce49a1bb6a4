"""Exact scores of pairs: float64 sums in a fixed order, rounded to float32."""

import numpy as np

from gld_shared.search.blocks import Doubles, Floats, Rows
from gld_shared.search.bonus import Bonus
from gld_shared.search.compiling import is_compiled
from gld_shared.search.index import Index
from gld_shared.search.pairs import Pairs
from gld_shared.search.threads import cores, in_order

_PAIR_VALUES = 32_768  # float64 values of either side of the pairs at once, which caches hold
_READ_VALUES = 2_097_152  # values of the index that a thread reads at once: 8 MB


def exact_scores(
    queries: Floats | Doubles, index: Index, pairs: Pairs, bonus: Bonus | None
) -> Floats:
    """Score pairs of a query (q, d) and a row of the index, (p,), in threads, reading rows once."""
    scores = np.empty(len(pairs.rows), np.float32)
    order = np.argsort(pairs.rows)
    ordered = pairs.rows[order]
    starts = np.flatnonzero(np.diff(ordered, prepend=-1))
    rows, counts = ordered[starts], np.diff(starts, append=len(ordered))
    step = max(1, _READ_VALUES // max(1, queries.shape[1]))
    by_loop = is_compiled(len(pairs.rows) * queries.shape[1])

    def score(first: int) -> None:
        part = slice(first, first + step)
        vectors = index.read(rows[part])
        of_part = order[starts[first] : starts[first] + counts[part].sum()]
        some, places = pairs.chosen(of_part), np.repeat(np.arange(len(vectors)), counts[part])

        def exact(which: slice | Rows) -> Doubles:
            products = pair_products(queries, some.queries[which], vectors, places[which])
            if bonus is not None:
                products += bonus.of_pairs(some.queries[which], some.rows[which])
            return products

        if not by_loop:
            scores[of_part] = exact(slice(None))
            return
        # Imported here: numba takes 0.4 s to start.
        from gld_shared.search.compiled_sums import compiled_products, rounded_as

        products, errors = compiled_products(queries, some.queries, vectors, places)
        if bonus is not None:
            products += bonus.of_pairs(some.queries, some.rows)
        scores[of_part] = rounded_as(exact, products, errors)

    for _ in in_order(score, range(0, len(rows), step), cores()):
        pass
    return scores


def pair_products(
    left: Floats | Doubles, left_rows: Rows, right: Floats, right_rows: Rows
) -> Doubles:
    """Return the inner products of pairs of rows, (p,) float64, summed in an order set by d alone.

    Products of float32 are exact in float64, so the error is that of the sum, about 1e-16 d; where
    the left side is float64, it is that of a float64 product too.
    """
    products = np.empty(len(left_rows), np.float64)
    step = max(1, _PAIR_VALUES // max(1, left.shape[1]))
    for first in range(0, len(left_rows), step):
        part = slice(first, first + step)
        np.einsum(
            "ij,ij->i",
            left[left_rows[part]].astype(np.float64),
            right[right_rows[part]].astype(np.float64),
            out=products[part],
        )
    return products
