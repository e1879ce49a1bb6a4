"""Landmark and country aware reranking, as in the 2nd place solution of 2021.

Index images take the landmark and country of their nearest labelled reference; a query takes those
of its three best by fused similarity, with shares that sum to 1. Shared landmarks and countries
raise the similarity, over the whole index, so that images outside the first search come in.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from gld_shared.search.blocks import BLOCK_ROWS, Block, Floats, Rows
from gld_shared.search.bonus import Bonus
from gld_shared.search.topk import topk
from gld_shared.store import EmbeddingStore

from gld_rerank.k_reciprocal import fused_neighbourhoods

NONE = -1
Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True)
class References:
    """Labelled images: vectors in blocks, label and country (n,) of each row, -1 = none."""

    blocks: Callable[[], Iterable[Block]]
    read: Callable[[Rows], Floats]
    labels: Rows
    countries: Rows


@dataclass(frozen=True)
class Votes:
    """What one network says: tags of index rows (n,), and of queries with shares (q, vote)."""

    index_tags: Rows
    query_tags: Rows
    shares: Doubles
    weight: float


def references_of(store: EmbeddingStore, labels: Rows, countries: Rows) -> References:
    """The rows of a store that have a label, as references; both arrays are (store.n,)."""
    kept = np.flatnonzero(labels != NONE)

    def blocks() -> Iterator[Block]:
        for start in range(0, len(kept), BLOCK_ROWS):
            yield start, store.read(kept[start : start + BLOCK_ROWS])

    return References(blocks, lambda rows: store.read(kept[rows]), labels[kept], countries[kept])


def landmark_rerank(
    queries: Floats,
    index: Callable[[], Iterable[Block]],
    votes: Sequence[Votes],
    k: int,
    device: str = "cpu",
) -> tuple[Floats, Rows]:
    """The k best of the whole index by similarity plus votes: scores and rows, (q, min(k, n)).

    Memory: one block and its products with a group of queries, see ``gld_shared.search.topk``.
    """

    def of_block(rows: Rows, start: int, stop: int) -> Floats:
        added = np.zeros((len(rows), stop - start), np.float32)
        for vote in votes:
            tags = vote.index_tags[start:stop]
            for tag, share in zip(vote.query_tags[rows].T, vote.shares[rows].T, strict=True):
                equal = (tag[:, None] == tags) & (tag != NONE)[:, None]
                added += equal * (vote.weight * share).astype(np.float32)[:, None]
        return added

    def of_pairs(rows: Rows, columns: Rows) -> Doubles:
        added = np.zeros(len(rows))
        for vote in votes:
            tags = vote.query_tags[rows]
            equal = (tags == vote.index_tags[columns][:, None]) & (tags != NONE)
            added += vote.weight * (equal * vote.shares[rows]).sum(axis=1)
        return added

    return topk(queries, index(), k, device, bonus=Bonus(of_block, of_pairs))


def cast_votes(
    queries: Floats,
    nearest: Rows,
    references: References,
    alpha: float = 1.0,
    beta: float = 0.1,
    vote: int = 3,
    device: str = "cpu",
) -> list[Votes]:
    """One network's votes: landmarks with weight alpha, countries with weight beta.

    ``queries`` (q, d); ``nearest`` (n,) is each index row's ``nearest_references``. Memory: a few
    numbers for each query and index row, and a block of references.
    """
    rows, similarities = best_references(queries, references, vote, device)
    votes = []
    for tags, weight in ((references.labels, alpha), (references.countries, beta)):
        if (tags == NONE).all():
            continue
        query_tags, shares = share_out(tags[rows], similarities)
        votes.append(Votes(tags[nearest], query_tags, shares, weight))
    return votes


def nearest_references(index: Iterable[Block], references: References, device: str = "cpu") -> Rows:
    """The row of each index image's most similar reference, (n,)."""
    found = [topk(block, references.blocks(), 1, device)[1][:, 0] for _, block in index]
    return np.concatenate(found) if found else np.empty(0, np.int64)


def best_references(
    queries: Floats, references: References, vote: int, device: str = "cpu"
) -> tuple[Rows, Doubles]:
    """Rows and fused similarities of each query's best references, (q, vote)."""
    rows = np.empty((len(queries), vote), np.int64)
    similarities = np.empty((len(queries), vote))
    fused = fused_neighbourhoods(queries, references.blocks, references.read, device=device)
    for query, (near, similarity) in enumerate(fused):
        best = np.argsort(-similarity, kind="stable")[:vote]
        rows[query], similarities[query] = near[best], similarity[best]
    return rows, similarities


def share_out(tags: Rows, similarities: Doubles) -> tuple[Rows, Doubles]:
    """Distinct tags of each row and their shares of its similarities, both (q, vote).

    Places left over hold tag -1 and share 0.
    """
    distinct, shares = np.full(tags.shape, NONE, np.int64), np.zeros(tags.shape)
    for row, (found, values) in enumerate(zip(tags, similarities, strict=True)):
        names, places = np.unique(found, return_inverse=True)
        distinct[row, : len(names)] = names
        shares[row, : len(names)] = np.bincount(places, values) / values.sum()
    return distinct, shares
