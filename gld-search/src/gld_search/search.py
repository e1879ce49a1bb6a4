"""Exact nearest neighbours of query stores in index stores."""

from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl
from gld_shared.progress import Advance, silent
from gld_shared.search.blocks import Floats, Rows
from gld_shared.search.neighbour_table import neighbour_table
from gld_shared.search.topk import topk
from gld_shared.store.ensemble import Ensemble, check_ensemble, check_weights
from gld_shared.store.parts import AnyStore

# Queries at once, and pairs of the result at once.
MOST_QUERIES, MOST_PAIRS = 4096, 4_194_304


def search(
    queries: Sequence[AnyStore],
    indexes: Sequence[AnyStore],
    k: int,
    device: str = "cpu",
    advance: Advance = silent,
    keep_self: bool = False,
    weights: Sequence[float] = (),
) -> Iterator[pl.DataFrame]:
    """Yield neighbours (``query_id index_id rank score``), the ``k`` best of each query.

    Several stores are an ensemble: query store i is compared with index store i, and similarities
    are summed, each times its weight if there are ``weights``. ``Ensemble`` says how images are
    matched. Equal scores are in index order. An index image with the id of the query is the query
    itself, and left out, unless ``keep_self``. Memory: 4,096 queries, one block of the index, and 8
    bytes for each query.
    ``advance`` is called with the number of pairs of a query and an image that each block adds.
    Raises DataError when the stores do not match, at the call rather than at the first block.
    """
    check_ensemble(queries, indexes)
    weights = weights or [1.0] * len(queries)
    check_weights(weights, len(queries))
    query_side, index_side = Ensemble(queries), Ensemble(indexes)
    own = np.full(query_side.n, -1, np.int64)
    if not keep_self:
        own = index_side.ids.rows_of(query_side.ids)
    return _neighbours(query_side, index_side, weights, k, device, advance, own)


def _neighbours(
    queries: Ensemble,
    index: Ensemble,
    weights: Sequence[float],
    k: int,
    device: str,
    advance: Advance,
    own: Rows,
) -> Iterator[pl.DataFrame]:
    searched = k + bool((own >= 0).any())
    step = max(1, min(MOST_QUERIES, MOST_PAIRS // min(searched, index.n)))
    for start in range(0, queries.n, step):
        part = slice(start, min(start + step, queries.n))
        vectors = queries.weigh(queries.read(part), weights)
        scores, rows = topk(vectors, index, searched, device, advance=advance)
        scores, rows = _without(own[part], scores, rows, k)
        yield neighbour_table(queries.ids[part], index.ids, scores, rows)


def _without(own: Rows, scores: Floats, rows: Rows, k: int) -> tuple[Floats, Rows]:
    """Return the first k neighbours other than each query's own row; -1 where there are fewer."""
    left_out = rows == own[:, None]
    order = np.argsort(left_out, axis=1, kind="stable")[:, :k]
    rows = np.where(left_out, -1, rows)
    return np.take_along_axis(scores, order, axis=1), np.take_along_axis(rows, order, axis=1)
