"""The labelled images of one network, and the search for those nearest to an image."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl
from gld_shared.errors import DataError
from gld_shared.search.blocks import Block, Doubles, Floats, Rows
from gld_shared.search.index import Index, SomeRows
from gld_shared.search.topk import topk
from gld_shared.store import EmbeddingStore
from gld_shared.store.labels_from_list import join_labels, label_array
from gld_shared.tables import Table

from gld_rerank.k_reciprocal import fused_neighbourhoods

NONE = -1
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class References:
    """Labelled images: their vectors, and label and country (n,) of each, -1 = none."""

    vectors: Index
    labels: Rows
    countries: Rows


def references_of(store: EmbeddingStore, table: Table) -> References:
    """Return the images of a store that have a label in a list.

    With a list without countries, every country is -1. Raises DataError when the list lacks labels
    or an image of the store.
    """
    labels, countries = _tags_of(store, table)
    kept = np.flatnonzero(labels != NONE)
    return References(SomeRows(store, kept), labels[kept], countries[kept])


def _tags_of(store: EmbeddingStore, table: Table) -> tuple[Rows, Rows]:
    """Return the label and the country's number of each row of a store, -1 = none."""
    has_countries = "country" in table.rows.columns
    country = pl.col("country") if has_countries else pl.lit(None, dtype=pl.String)
    number = country.replace("", None).rank("dense").cast(pl.Int64)
    found = join_labels(store, table, number.alias("country"))
    if not has_countries:
        log.warning("%s: no column country, so only landmarks are counted", table.path)
    unlisted = found.filter(pl.col("listed").is_null())
    if unlisted.height:
        raise DataError(
            f"{table.path}: {unlisted['id'][0]!r} of {store.path} is not in the list "
            f"({unlisted.height} such); give the list that the store was made from"
        )
    return label_array(found["label"]), label_array(found["country"])


def nearest_references(index: Iterable[Block], references: References, device: str = "cpu") -> Rows:
    """Find the row of each index image's most similar reference, (n,)."""
    found = [topk(block, references.vectors, 1, device)[1][:, 0] for _, block in index]
    return np.concatenate(found) if found else np.empty(0, np.int64)


def best_references(
    queries: Floats, references: References, count: int, device: str = "cpu"
) -> tuple[Rows, Doubles]:
    """Find rows and fused similarities of each query's best references, (q, count)."""
    rows = np.empty((len(queries), count), np.int64)
    similarities = np.empty((len(queries), count))
    fused = fused_neighbourhoods(queries, references.vectors, device=device)
    for query, (near, similarity) in enumerate(fused):
        best = np.argsort(-similarity, kind="stable")[:count]
        rows[query], similarities[query] = near[best], similarity[best]
    return rows, similarities
