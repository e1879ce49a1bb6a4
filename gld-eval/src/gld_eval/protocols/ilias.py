"""ILIAS: mAP@1000, the mean over the queries that have results.

The sum of precision at the hits is divided by the number of positives or 1000, whichever is
smaller. The hits of a group of equal scores all get the precision at the group's end.
Source: ilias-vrg/ilias, evaluation/src/dataset.py, with scikit-learn's average_precision_score. It
writes percent, where this is a fraction.
"""

import numpy as np

from gld_eval.protocols.judged import Judged, Values
from gld_eval.protocols.protocol import RankingProtocol


def average_precision(judged: Judged, k: int) -> Values:
    """Compute AP at k; nan for a query without positives or without results."""
    hits = judged.all_hits(judged.results.rank)
    # Equal scores stand together, so that both orders of the hits are the same.
    end = np.minimum(judged.all_hits(judged.results.tie_end).rank, k)
    within = hits.rank <= k
    query, end = hits.query[within], end[within]
    group = query * (k + 1) + end
    found = np.searchsorted(group, group, side="right") - np.searchsorted(query, query)
    total = np.bincount(query, weights=found / end, minlength=len(hits.positives))
    scored = (hits.positives > 0) & (hits.length > 0)
    return np.asarray(total / np.where(scored, np.minimum(hits.positives, k), np.nan))


PROTOCOL = RankingProtocol(
    name="ilias",
    definition="sum of precision at the hits up to rank K, at the end of equal scores, divided by "
    "min(positives, K); queries without neighbours are left out",
    measures={"ilias-map@K": average_precision},
    defaults=("ilias-map@1000",),
    removed=(),
    own_image=True,
    scores_missing=False,
)
