"""Revisited Oxford and Paris: mAP and mP@K of the Easy, Medium and Hard setups.

AP is the area under the precision-recall curve by the trapezoid rule. Junk is removed. Precision
at K looks no further than the last positive, so it can exceed (hits up to K) / K.
Source: Radenovic et al., Revisiting Oxford and Paris, 2018; filipradenovic/revisitop, evaluate.py,
which raises ValueError for a query whose ranking has no positive, where mP@K is 0 here. Distractors
are results without a grade: wrong.
"""

import numpy as np

from gld_eval.protocols.judged import Grade, Judged, Values
from gld_eval.protocols.protocol import Measure, RankingProtocol, Setup

SETUPS = {
    "medium": Setup((Grade.EASY, Grade.HARD), (Grade.JUNK,)),
    "easy": Setup((Grade.EASY,), (Grade.JUNK, Grade.HARD)),
    "hard": Setup((Grade.HARD,), (Grade.JUNK, Grade.EASY)),
}


def average_precision(judged: Judged, setup: Setup) -> Values:
    """Compute the area under the precision-recall curve; nan for a query without positives."""
    hits = judged.hits(*setup)
    number, above = hits.number, hits.rank - 1
    before = np.where(above == 0, 1, (number - 1) / np.maximum(above, 1))
    area = (before + number / hits.rank) / 2
    return hits.per_positive(hits.sums(area))


def precision(judged: Judged, setup: Setup, k: int) -> Values:
    """Compute the precision at k, or at the last positive if that comes first."""
    hits = judged.hits(*setup)
    last = np.zeros(len(hits.positives), np.int64)
    np.maximum.at(last, hits.query, hits.rank)
    cut = np.minimum(last, k)
    found = hits.sums(hits.rank <= cut[hits.query]) / np.maximum(cut, 1)
    return np.where(hits.positives > 0, found, np.nan)


# What each setup removes, in words.
_REMOVED = {"medium": "junk", "easy": "junk and hard images", "hard": "junk and easy images"}
_AREA = "area under the precision-recall curve by the trapezoid rule"
_PRECISION = "precision at K, or at the last positive if it comes first"


def _measures(setup: Setup) -> tuple[Measure, Measure]:
    return (
        lambda judged, _: average_precision(judged, setup),
        lambda judged, k: precision(judged, setup, k),
    )


PROTOCOL = RankingProtocol(
    name="revisitop",
    definition=f"{_AREA}, junk removed",
    definitions={
        f"revisitop-{name}-{metric}": f"{text}, {removed} removed"
        for name, removed in _REMOVED.items()
        for metric, text in (("map", _AREA), ("mp@K", _PRECISION))
    },
    measures={
        f"revisitop-{name}-{metric}": measure
        for name, setup in SETUPS.items()
        for metric, measure in zip(("map", "mp@K"), _measures(setup), strict=True)
    },
    defaults=tuple(
        f"revisitop-{name}-{metric}"
        for name in SETUPS
        for metric in ("map", "mp@1", "mp@5", "mp@10")
    ),
    relevant=(Grade.EASY, Grade.HARD),
    setups={
        f"revisitop-{name}-{metric}": setup
        for name, setup in SETUPS.items()
        for metric in ("map", "mp@K")
    },
    needs_grades=True,
)
