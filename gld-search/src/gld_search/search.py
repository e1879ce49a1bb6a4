"""Exact nearest neighbours of query stores in index stores."""

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
import polars as pl
from gld_shared.embeddings import EmbeddingStore, check_comparable
from gld_shared.errors import DataError
from gld_shared.topk import topk

QUERIES_AT_ONCE = 4096
Floats = npt.NDArray[np.float32]


def search(
    queries: Sequence[EmbeddingStore],
    indexes: Sequence[EmbeddingStore],
    k: int,
    device: str = "cpu",
    on_done: Callable[[int], None] = lambda count: None,
) -> Iterator[pl.DataFrame]:
    """Yield neighbours (``query_id index_id rank score``), the ``k`` best of each query.

    Several stores are an ensemble: query store i is compared with index store i, and similarities
    are summed. Equal scores are in index order. Memory: 4,096 queries, one block of the index.
    ``on_done`` is told how many queries were finished. Raises DataError when the stores do not
    belong together, at once and not when the first block is asked for.
    """
    check_ensemble(queries, indexes)
    return _neighbours(queries, indexes, k, device, on_done)


def _neighbours(
    queries: Sequence[EmbeddingStore],
    indexes: Sequence[EmbeddingStore],
    k: int,
    device: str,
    on_done: Callable[[int], None],
) -> Iterator[pl.DataFrame]:
    query_ids = np.asarray(queries[0].ids, dtype=object)
    index_ids = np.asarray(indexes[0].ids, dtype=object)
    for start in range(0, queries[0].n, QUERIES_AT_ONCE):
        part = slice(start, min(start + QUERIES_AT_ONCE, queries[0].n))
        vectors = np.concatenate([store.read(part) for store in queries], axis=1)
        scores, rows = topk(vectors, joined_blocks(indexes), k, device)
        yield neighbours_table(query_ids[part], index_ids, scores, rows)
        on_done(len(vectors))


def joined_blocks(stores: Sequence[EmbeddingStore]) -> Iterable[tuple[int, Floats]]:
    """Blocks of several stores side by side: one product of them sums the similarities."""
    for parts in zip(*(store.blocks() for store in stores), strict=True):
        yield parts[0][0], np.concatenate([vectors for _, vectors in parts], axis=1)


def neighbours_table(
    query_ids: npt.NDArray[np.object_],
    index_ids: npt.NDArray[np.object_],
    scores: Floats,
    rows: npt.NDArray[np.int64],
) -> pl.DataFrame:
    """The long table of a block of results, (q, k) scores and index rows."""
    count, k = rows.shape
    return pl.DataFrame(
        {
            "query_id": pl.Series(np.repeat(query_ids, k), dtype=pl.String),
            "index_id": pl.Series(index_ids[rows.ravel()], dtype=pl.String),
            "rank": pl.Series(np.tile(np.arange(1, k + 1), count), dtype=pl.Int32),
            "score": pl.Series(scores.ravel(), dtype=pl.Float32),
        }
    )


def check_ensemble(queries: Sequence[EmbeddingStore], indexes: Sequence[EmbeddingStore]) -> None:
    """Raise DataError unless there is an index for each query store, with the same ids in each."""
    if len(queries) != len(indexes):
        raise DataError(
            f"{len(queries)} query stores and {len(indexes)} index stores; an ensemble needs one "
            "--index for each query store, in the same order"
        )
    for query, index in zip(queries, indexes, strict=True):
        check_comparable(query, index)
    for stores in (queries, indexes):
        for other in stores[1:]:
            if other.ids != stores[0].ids:
                raise DataError(
                    f"{stores[0].path} and {other.path}: different ids; the stores of an ensemble "
                    "are made from the same list"
                )
