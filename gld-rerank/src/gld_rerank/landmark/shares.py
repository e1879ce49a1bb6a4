"""Shares of tags in votes: how much of them each landmark, or each country, has."""

from dataclasses import dataclass

import numpy as np
from gld_shared.neighbours import NONE
from gld_shared.search.blocks import Doubles, Rows


@dataclass(frozen=True)
class Shares:
    """The distinct tags of each query, ascending, their scores and shares, (q, v) each.

    A tag's score is the sum of its votes, and its share the part of all votes. Tag -1 holds the
    votes without a tag, whose share nobody reads; unused places hold -1, and 0.
    """

    tags: Rows
    scores: Doubles
    shares: Doubles

    def hardened(self) -> "Shares":
        """Return only each query's tag with the largest score, (q, 1), whose share is 1.

        The lower of equal tags is taken.
        """
        best = np.argmax(np.where(self.tags == NONE, -np.inf, self.scores), axis=1)[:, None]
        tags = np.take_along_axis(self.tags, best, 1)
        scores = np.take_along_axis(self.scores, best, 1)
        return Shares(tags, scores, (tags != NONE).astype(np.float64))


def share_out(tags: Rows, votes: Doubles) -> Shares:
    """Sum the votes (q, v) of each tag (q, v). Votes below 0 have no share."""
    order = np.argsort(tags, axis=1, kind="stable")
    ordered = np.take_along_axis(tags, order, axis=1)
    is_first = np.diff(ordered, axis=1, prepend=ordered[:, :1] - 1) != 0
    places = np.empty(tags.shape, np.int64)
    np.put_along_axis(places, order, np.cumsum(is_first, axis=1) - 1, axis=1)
    counted = np.clip(votes, 0, None)
    distinct = np.full(tags.shape, NONE, np.int64)
    scores, shares = np.zeros(tags.shape), np.zeros(tags.shape)
    rows = np.arange(len(tags))
    for column in range(tags.shape[1]):
        place = places[:, column]
        distinct[rows, place] = tags[:, column]
        scores[rows, place] += votes[:, column]
        shares[rows, place] += counted[:, column]
    total = counted.sum(axis=1, keepdims=True)
    return Shares(distinct, scores, np.divide(shares, total, out=shares, where=total > 0))


def undivided(tags: Rows, scores: Doubles) -> Shares:
    """Return the shares of queries that have one tag each (q,), by a score (q,)."""
    return Shares(tags[:, None], scores[:, None], (tags != NONE).astype(np.float64)[:, None])


def merge_tags(tags: Rows, scores: Doubles, weights: Doubles) -> Rows:
    """Merge the tags (m, q) that m networks give to each query, by scores (m, q) and weights (m,).

    If all agree, it is their tag; if all of several differ, -1; else the tag whose weighted scores
    have the largest sum, the lower one of equal tags. Returns (q,).
    """
    merged = np.full(tags.shape[1], NONE, np.int64)
    for query, (named, given) in enumerate(zip(tags.T, scores.T, strict=True)):
        names, places = np.unique(named, return_inverse=True)
        if len(names) == 1 or len(names) < len(named):
            merged[query] = names[np.argmax(np.bincount(places, given * weights))]
    return merged
