"""Votes of the references on each query's landmark and country, and the bonus that they give."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from gld_shared.search.blocks import Doubles, Floats, Rows
from gld_shared.search.bonus import Bonus

from gld_rerank.landmark.references import NONE, References, best_references


@dataclass(frozen=True)
class Votes:
    """One network's votes on landmarks, or on countries, and their weight.

    ``index_tags`` (n,) are the landmarks, or the countries, of index rows; ``query_tags`` and their
    ``shares`` (q, vote) are those of queries.
    """

    index_tags: Rows
    query_tags: Rows
    shares: Doubles
    weight: float


def cast_votes(
    queries: Floats,
    nearest: Rows,
    references: References,
    alpha: float = 1.0,
    beta: float = 0.1,
    vote: int = 3,
    device: str = "cpu",
) -> list[Votes]:
    """Return one network's votes: landmarks with weight alpha, countries with weight beta.

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


def share_out(tags: Rows, similarities: Doubles) -> tuple[Rows, Doubles]:
    """Return the distinct tags of each row and their shares of its similarities, both (q, vote).

    Unused places hold tag -1 and share 0.
    """
    distinct, shares = np.full(tags.shape, NONE, np.int64), np.zeros(tags.shape)
    for row, (found, values) in enumerate(zip(tags, similarities, strict=True)):
        names, places = np.unique(found, return_inverse=True)
        distinct[row, : len(names)] = names
        shares[row, : len(names)] = np.bincount(places, values) / values.sum()
    return distinct, shares


def vote_bonus(votes: Sequence[Votes]) -> Bonus:
    """Return the bonus for ``topk``: the weighted shares of tags that query and index row share."""

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

    return Bonus(of_block, of_pairs)
