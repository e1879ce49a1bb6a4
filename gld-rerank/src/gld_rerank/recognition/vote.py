"""The vote of a query's nearest references on its landmark."""

import numpy as np
from gld_shared.neighbours import NONE
from gld_shared.search.blocks import Doubles, Floats, Rows


def elect(rows: Rows, scores: Floats | Doubles, labels: Rows, voters: int) -> tuple[Rows, Doubles]:
    """Return the label with the largest sum of scores among each query's best references.

    ``rows``, ``scores`` and ``labels`` (q, m) are candidates, -1 = none or no label. The ``voters``
    best labelled ones vote: equal scores are in the order of index rows, and of equal sums the
    label of the better voter is elected. Returns labels (q,), -1 without a voter, and sums (q,).
    """
    elected, sums = np.full(len(rows), NONE, np.int64), np.zeros(len(rows))
    for query in range(len(rows)):
        voting = voters_of(rows[query], scores[query], labels[query], voters)
        if not len(voting):
            continue
        first, number = _numbered(labels[query, voting])
        totals = np.bincount(number, scores[query, voting].astype(np.float64))
        best = int(totals.argmax())
        elected[query], sums[query] = first[best], totals[best]
    return elected, sums


def voters_of(rows: Rows, scores: Floats | Doubles, labels: Rows, voters: int) -> Rows:
    """Return the places of one query's candidates (m,) that vote, best first."""
    usable = np.flatnonzero((rows != NONE) & (labels != NONE))
    order = np.lexsort((rows[usable], -scores[usable]))
    voting: Rows = usable[order[:voters]]
    return voting


def _numbered(labels: Rows) -> tuple[Rows, Rows]:
    """Return the distinct labels in the order in which they appear, and the place of each label."""
    distinct, at, inverse = np.unique(labels, return_index=True, return_inverse=True)
    order = at.argsort()
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    return distinct[order], place[inverse]
