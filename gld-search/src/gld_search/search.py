"""Exact nearest neighbours of query stores in index stores."""

from collections.abc import Iterator, Sequence

import polars as pl
from gld_shared.progress import Advance, silent
from gld_shared.search.neighbour_table import neighbour_table
from gld_shared.search.topk import topk
from gld_shared.store import EmbeddingStore
from gld_shared.store.ensemble import Ensemble, check_ensemble

# Queries at once, and pairs of the result at once.
MOST_QUERIES, MOST_PAIRS = 4096, 4_194_304


def search(
    queries: Sequence[EmbeddingStore],
    indexes: Sequence[EmbeddingStore],
    k: int,
    device: str = "cpu",
    advance: Advance = silent,
) -> Iterator[pl.DataFrame]:
    """Yield neighbours (``query_id index_id rank score``), the ``k`` best of each query.

    Several stores are an ensemble: query store i is compared with index store i, and similarities
    are summed. Equal scores are in index order. Memory: 4,096 queries, one block of the index.
    ``advance`` is called with the number of queries that each block adds. Raises DataError when the
    stores do not match, at the call rather than at the first block.
    """
    check_ensemble(queries, indexes)
    return _neighbours(queries, indexes, k, device, advance)


def _neighbours(
    queries: Sequence[EmbeddingStore],
    indexes: Sequence[EmbeddingStore],
    k: int,
    device: str,
    advance: Advance,
) -> Iterator[pl.DataFrame]:
    query_ids, index_ids = queries[0].ids, indexes[0].ids
    step = max(1, min(MOST_QUERIES, MOST_PAIRS // min(k, indexes[0].n)))
    for start in range(0, queries[0].n, step):
        part = slice(start, min(start + step, queries[0].n))
        vectors = Ensemble(queries).read(part)
        scores, rows = topk(vectors, Ensemble(indexes), k, device)
        yield neighbour_table(query_ids[part], index_ids, scores, rows)
        advance(len(vectors))
