"""Exact nearest neighbours between embedding stores, of one network or of several."""

from collections.abc import Iterator, Sequence

import polars as pl
from gld_shared.embeddings import EmbeddingStore
from gld_shared.ensemble import check_ensemble, joined, joined_blocks, neighbour_rows
from gld_shared.topk import topk

# Queries are searched in groups, so that a store of millions can be the query side too.
QUERY_ROWS = 16_384


def search(
    queries: Sequence[EmbeddingStore],
    index: Sequence[EmbeddingStore],
    k: int,
    device: str = "cpu",
) -> Iterator[pl.DataFrame]:
    """Yield the neighbours of groups of queries, columns of ``gld-neighbours/1``.

    With several pairs of stores, one pair a network, the score is the sum of their similarities.
    Memory: vectors of 16,384 queries and of one block of the index, and the index's ids. Raises
    DataError where stores cannot be compared.
    """
    check_ensemble(queries, index)
    ids = index[0].ids
    for start in range(0, queries[0].n, QUERY_ROWS):
        stop = min(start + QUERY_ROWS, queries[0].n)
        vectors = joined(queries, slice(start, stop))
        scores, rows = topk(vectors, joined_blocks(index), k, device)
        yield neighbour_rows(queries[0].ids[start:stop], ids, scores, rows)
