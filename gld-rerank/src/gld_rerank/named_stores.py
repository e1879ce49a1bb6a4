"""The stores that a table of neighbours names, and its rows as places in them."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from gld_shared.errors import DataError
from gld_shared.search.blocks import Rows
from gld_shared.store import EmbeddingStore, open_store
from gld_shared.store.ensemble import check_ensemble
from gld_shared.store.labels import join_labels, label_array
from gld_shared.tables import Table

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Stores:
    """Query and index stores, one pair a network, and the rows of the table's queries (q,)."""

    queries: list[EmbeddingStore]
    index: list[EmbeddingStore]
    query_ids: list[str]
    query_rows: Rows

    @property
    def all(self) -> list[EmbeddingStore]:
        """Query stores, then index stores."""
        return [*self.queries, *self.index]


def open_stores(table: Table) -> Stores:
    """Open the stores in the header of neighbours. Raises DataError where they do not fit."""
    opened = {}
    for side in ("queries", "index"):
        paths = table.header.get(side)
        if not isinstance(paths, list) or not paths:
            raise DataError(
                f"{table.path}:1: the header names no {side} stores; "
                "reranking needs a table that gld-search wrote"
            )
        opened[side] = [open_store(str(path)) for path in paths]
    queries, index = opened["queries"], opened["index"]
    check_ensemble(queries, index)
    query_ids = table.rows["query_id"].unique(maintain_order=True).to_list()
    return Stores(queries, index, query_ids, rows_in(queries[0], query_ids, table.path))


def rows_in(store: EmbeddingStore, ids: Sequence[str], source: str) -> Rows:
    """Rows of ids in a store; DataError names the first that is not there."""
    missing = next((one for one in ids if one not in store.row_of), None)
    if missing is not None:
        raise DataError(
            f"{source}: {missing!r} is not in {store.path}; "
            "search again, the store was made anew since"
        )
    return np.array([store.row_of[one] for one in ids], np.int64)


def best_neighbours(table: Table, stores: Stores, count: int) -> tuple[Rows, np.ndarray]:
    """The first neighbours of each query: index rows and scores, (q, count).

    Places left over hold row 0 and score 0.
    """
    top = table.rows.filter(pl.col("rank") <= count)
    place = {one: position for position, one in enumerate(stores.query_ids)}
    queries = np.array([place[one] for one in top["query_id"]], np.int64)
    ranks = top["rank"].to_numpy() - 1
    rows = np.zeros((len(stores.query_ids), count), np.int64)
    scores = np.zeros(rows.shape, np.float32)
    rows[queries, ranks] = rows_in(stores.index[0], top["index_id"].to_list(), table.path)
    scores[queries, ranks] = top["score"].to_numpy()
    return rows, scores


def tags_of(store: EmbeddingStore, labels: Table) -> tuple[Rows, Rows]:
    """Label and country of each row of a store, from a list; -1 = none. Countries are numbered.

    A list without countries gives none. Raises DataError when it lacks labels or an image of the
    store.
    """
    has_countries = "country" in labels.rows.columns
    country = pl.col("country") if has_countries else pl.lit(None, dtype=pl.String)
    number = country.replace("", None).rank("dense").cast(pl.Int64)
    found = join_labels(store, labels, number.alias("country"))
    if not has_countries:
        log.warning("%s: no column country, so only landmarks are counted", labels.path)
    unlisted = found.filter(pl.col("listed").is_null())
    if unlisted.height:
        raise DataError(
            f"{labels.path}: {unlisted['id'][0]!r} of {store.path} is not in the list "
            f"({unlisted.height} such); give the list that the store was made from"
        )
    return label_array(found["label"]), label_array(found["country"])
