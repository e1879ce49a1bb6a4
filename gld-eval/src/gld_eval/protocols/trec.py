"""trec_eval: map_cut, P and recall.

AP divides by all positives, not by min(positives, K). Equal scores are ordered by index id,
descending, whatever their order in the neighbours. Nothing is removed. The mean is taken over all
queries that the truth judges, as ``trec_eval -c`` does, and pytrec_eval's and ir_measures' users.
Source: trec_eval 9, m_map_cut.c, m_P.c, m_recall.c.
"""

import numpy as np

from gld_eval.protocols.judged import Hits, Judged, Values
from gld_eval.protocols.protocol import RankingProtocol, Scope


def average_precision(judged: Judged, k: int) -> Values:
    """Compute map_cut: the sum of precision at the hits up to rank k, divided by all positives."""
    hits = _ranked(judged)
    return _per_positive(hits.precision_sums(k), hits)


def precision(judged: Judged, k: int) -> Values:
    """Compute P: the hits up to rank k, divided by k."""
    return np.asarray(_ranked(judged).up_to(k) / k)


def recall(judged: Judged, k: int) -> Values:
    """Compute recall: the hits up to rank k, divided by all positives."""
    hits = _ranked(judged)
    return _per_positive(hits.up_to(k), hits)


def _ranked(judged: Judged) -> Hits:
    return judged.all_hits(judged.results.tie_rank)


def _per_positive(sums: Values, hits: Hits) -> Values:
    """Divide by the positives; a query without any has 0."""
    return np.asarray(sums / np.maximum(hits.positives, 1))


PROTOCOL = RankingProtocol(
    name="trec",
    definition="sum of precision at the hits up to rank K, divided by all positives; equal scores "
    "by index id, descending",
    definitions={
        "P_K": "hits up to rank K, divided by K; equal scores by index id, descending",
        "recall_K": "hits up to rank K, divided by all positives; equal scores by index id, "
        "descending",
    },
    measures={"map_cut_K": average_precision, "P_K": precision, "recall_K": recall},
    defaults=("map_cut_100", "P_10", "recall_10"),
    removed=(),
    own_image=True,
    orders_ties=True,
    scope=Scope.JUDGED,
)
