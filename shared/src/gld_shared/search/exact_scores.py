"""Exact scores of pairs: float64 sums in a fixed order, rounded to float32."""

from functools import reduce

import numpy as np

from gld_shared.search.blocks import Doubles, Floats, Rows
from gld_shared.search.bonus import Bonus
from gld_shared.search.compiled.worth import count_products, is_compiled
from gld_shared.search.error_bounds import lengths_of
from gld_shared.search.index import Index
from gld_shared.search.pairs import Pairs
from gld_shared.search.stored_rows import stored_rows
from gld_shared.search.threads import cores, in_order

_PAIR_VALUES = 32_768  # float64 values of either side of the pairs at once, which caches hold
# numpy splits longer sums at places that depend on how many it computes at once.
_SUM_VALUES = 8_192
_READ_VALUES = 2_097_152  # values of the index that a thread reads at once: 8 MB


def exact_scores(
    queries: Floats | Doubles,
    index: Index,
    pairs: Pairs,
    bonus: Bonus | None,
    threads: int | None = None,
) -> Floats:
    """Score pairs of a query (q, d) and a row of the index, (p,), reading rows once.

    By default with as many threads as there are ``cores``.
    """
    scores = np.empty(len(pairs.rows), np.float32)
    order = np.argsort(pairs.rows)
    ordered = pairs.rows[order]
    starts, rows, counts = _distinct(ordered)
    step = max(1, _READ_VALUES // max(1, queries.shape[1]))
    count_products(len(pairs.rows) * queries.shape[1])
    lengths = lengths_of(queries) if is_compiled() else None

    def exact(some: Pairs) -> Doubles:
        _, of_some, times = _distinct(some.rows)
        vectors, places = index.read(of_some), np.repeat(np.arange(len(of_some)), times)
        return with_bonus(some, pair_products(queries, some.queries, vectors, places))

    def with_bonus(some: Pairs, products: Doubles) -> Doubles:
        return products if bonus is None else products + bonus.of_pairs(some.queries, some.rows)

    def score(first: int) -> None:
        part = slice(first, first + step)
        of_part = order[starts[first] : starts[first] + counts[part].sum()]
        some = pairs.chosen(of_part)
        if lengths is None:
            scores[of_part] = exact(some)
            return
        # Imported here: numba takes up to 0.7 s to start.
        from gld_shared.search.compiled.sums import rounded_as

        products, errors = _by_loop(queries, lengths, some.queries, index, rows[part], counts[part])
        scores[of_part] = rounded_as(
            lambda which: exact(some.chosen(which)), with_bonus(some, products), errors
        )

    firsts, threads = range(0, len(rows), step), threads or cores()
    for _ in in_order(score, firsts, threads) if threads > 1 else map(score, firsts):
        pass
    return scores


def _distinct(ordered: Rows) -> tuple[Rows, Rows, Rows]:
    """Return where each of the rows in rising order starts, the row, and how often it is there."""
    starts = np.flatnonzero(np.diff(ordered, prepend=-1))
    return starts, ordered[starts], np.diff(starts, append=len(ordered))


def _by_loop(
    queries: Floats | Doubles,
    lengths: Doubles,
    of_pairs: Rows,
    index: Index,
    rows: Rows,
    counts: Rows,
) -> tuple[Doubles, Doubles]:
    """Return products by a compiled loop, and bounds on their errors, of pairs in rows' order.

    Each of the ``rows`` is in ``counts`` pairs.
    """
    from gld_shared.search.compiled.sums import compiled_products, products_of_stored

    stored = stored_rows(index, rows)
    if stored is not None:
        return products_of_stored(queries, lengths, of_pairs, stored, counts)
    places = np.repeat(np.arange(len(rows)), counts)
    return compiled_products(queries, lengths, of_pairs, index.read(rows), places)


def pair_products(
    left: Floats | Doubles, left_rows: Rows, right: Floats, right_rows: Rows
) -> Doubles:
    """Return the inner products of pairs of rows, (p,) float64, summed in an order set by d alone.

    Products of float32 are exact in float64, so the error is that of the sum, about 1e-16 d; where
    the left side is float64, it is that of a float64 product too.
    """
    parts = (slice(at, at + _SUM_VALUES) for at in range(0, max(1, left.shape[1]), _SUM_VALUES))
    sums = (_sums(left[:, part], left_rows, right[:, part], right_rows) for part in parts)
    products: Doubles = reduce(np.add, sums)
    return products


def _sums(left: Floats | Doubles, left_rows: Rows, right: Floats, right_rows: Rows) -> Doubles:
    """Return the inner products of pairs of rows of at most ``_SUM_VALUES`` values, (p,)."""
    sums = np.empty(len(left_rows), np.float64)
    step = max(1, _PAIR_VALUES // max(1, left.shape[1]))
    for first in range(0, len(left_rows), step):
        part = slice(first, first + step)
        np.einsum(
            "ij,ij->i",
            left[left_rows[part]].astype(np.float64),
            right[right_rows[part]].astype(np.float64),
            out=sums[part],
        )
    return sums
