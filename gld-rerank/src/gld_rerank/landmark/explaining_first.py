"""Why images come first, in orders that put those of the query's landmarks before all others."""

from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl
from gld_shared.neighbours import NONE
from gld_shared.search.blocks import Doubles, Rows
from gld_shared.store import EmbeddingStore

from gld_rerank.landmark.network import Network
from gld_rerank.landmark.voting import Ballots

# References that are read at once.
_REFERENCES = 1_024


def coming_first(rows: Rows, members: Rows) -> pl.Series:
    """Return whether each result's index row (k,) is among those that come first."""
    return pl.Series("comes_first", np.where(np.isin(rows, members), "yes", "no"), pl.String)


def alike_columns(
    networks: Sequence[Network],
    ballots: Sequence[Ballots],
    rows: Rows,
    stores: Sequence[EmbeddingStore],
) -> Iterator[pl.Series]:
    """Yield the id of the reference that each result (k,) resembles the most, and how much.

    Of the references of the query's landmarks, in each network; null if it has none.
    """
    for place, (network, cast, store) in enumerate(zip(networks, ballots, stores, strict=True)):
        end = "" if len(networks) == 1 else f"_{place + 1}"
        found, similarity = _most_alike(network, cast.landmarks.tags[0], rows)
        is_none = found == NONE
        ids = store.ids.take(network.references.store_rows[np.where(is_none, 0, found)])
        named = [None if none else name for name, none in zip(ids, is_none, strict=True)]
        alike = [None if none else value for value, none in zip(similarity, is_none, strict=True)]
        yield pl.Series(f"most_alike{end}", named, pl.String)
        yield pl.Series(f"alike{end}", alike, pl.Float64)


def _most_alike(network: Network, tags: Rows, rows: Rows) -> tuple[Rows, Doubles]:
    """Return the most similar reference with one of the tags for index rows (k,); -1 for none."""
    wanted = np.flatnonzero(np.isin(network.references.labels, tags))
    images = network.index.read(rows).astype(np.float64)
    best, similarity = np.full(len(rows), NONE, np.int64), np.full(len(rows), -np.inf)
    for first in range(0, len(wanted), _REFERENCES):
        some = wanted[first : first + _REFERENCES]
        products = images @ network.references.vectors.read(some).astype(np.float64).T
        column = np.argmax(products, axis=1)
        largest = products[np.arange(len(rows)), column]
        is_better = largest > similarity
        best[is_better], similarity[is_better] = some[column[is_better]], largest[is_better]
    return best, similarity
