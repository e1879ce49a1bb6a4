"""Ranked neighbours of either form as rows of the stores that were searched, in memory."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl

from gld_shared.neighbours.array_ranking import check_queries
from gld_shared.neighbours.contract import NONE
from gld_shared.neighbours.forms import is_zarr
from gld_shared.neighbours.named_stores import open_named_stores
from gld_shared.neighbours.table_form import query_rows, ranked_rows
from gld_shared.neighbours.zarr_form import NeighbourArrays, check_below, open_arrays
from gld_shared.search.blocks import Floats, Rows
from gld_shared.store.ensemble import check_ensemble
from gld_shared.store.parts import AnyStore
from gld_shared.tables import NEIGHBOURS, Table, read_neighbours, stream_neighbours


@dataclass(frozen=True)
class RankedNeighbours:
    """The queries that have neighbours, their rows in the first query store, and the neighbours.

    ``table`` is header, path, history and digest of the file, without rows. ``queries`` and
    ``index`` are the stores that it names. ``query_rows`` (q,) are in the file's order; ``rows``
    (q, m) are index rows, best first, -1 = none, and ``scores`` (q, m) are 0 there; m is at least
    1, and no more than the longest query has.
    """

    table: Table
    queries: list[AnyStore]
    index: list[AnyStore]
    query_rows: Rows
    rows: Rows
    scores: Floats


def read_ranked(source: Table | str | Path, count: int | None = None) -> RankedNeighbours:
    """Read neighbours, and open the stores that their header names.

    Of a file that gld-search made, only each query's first ``count`` neighbours are kept, by
    default all; ``-`` is a table on standard input. Memory: 12 bytes for each neighbour that is
    kept, and more while a table is read. Raises DataError for damage, and when a store is missing,
    does not match the others, was made again since the search, or lacks a query or a neighbour.
    """
    if not isinstance(source, Table) and is_zarr(source):
        return _from_arrays(open_arrays(source), count)
    table = source if isinstance(source, Table) else _read_table(source, count)
    queries, index = _open_stores(table)
    rows, scores = ranked_rows(table, index[0])
    bare = replace(table, rows=table.rows.clear())
    return RankedNeighbours(bare, queries, index, query_rows(table, queries[0]), rows, scores)


def _open_stores(neighbours: NeighbourArrays | Table) -> tuple[list[AnyStore], list[AnyStore]]:
    queries = open_named_stores(neighbours, "queries")
    index = open_named_stores(neighbours, "index")
    check_ensemble(queries, index)
    return queries, index


def _read_table(source: str | Path, count: int | None) -> Table:
    if count is None:
        return read_neighbours(source)
    with stream_neighbours(source) as stream:
        blocks = stream.blocks()
        # In a table by another program, an own image at any rank shows that they are kept.
        if any(step["tool"] == "gld-search" for step in stream.history):
            blocks = (rows.filter(pl.col("rank") <= count) for rows in blocks)
        none = pl.DataFrame(schema=dict(NEIGHBOURS.columns))
        rows = pl.concat([none, *blocks])
        return Table(rows, stream.header, stream.path, stream.sha256)


def _from_arrays(arrays: NeighbourArrays, count: int | None) -> RankedNeighbours:
    queries, index = _open_stores(arrays)
    check_queries(arrays, queries[0])
    k = arrays.k if count is None else min(count, arrays.k)
    rows = np.full((arrays.n, k), NONE, np.int64)
    scores = np.zeros((arrays.n, k), np.float32)
    for start, some_rows, some_scores in arrays.blocks():
        check_below(some_rows, index[0].n, arrays.path)
        part = slice(start, start + len(some_rows))
        rows[part], scores[part] = some_rows[:, :k], some_scores[:, :k]
    # A table has no line for a query without neighbours.
    found = np.flatnonzero(rows[:, 0] != NONE)
    longest = max(1, int((rows != NONE).any(axis=0).sum()))
    none = pl.DataFrame(schema=dict(NEIGHBOURS.columns))
    table = Table(none, arrays.header, str(arrays.path), arrays.sha256)
    return RankedNeighbours(
        table, queries, index, found, rows[found, :longest], scores[found, :longest]
    )
