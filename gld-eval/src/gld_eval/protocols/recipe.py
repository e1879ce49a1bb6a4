"""The reference recipe's own evaluation of a ranking.

AP divides by all positives, not by min(positives, K), so a query with more than K positives cannot
reach 1. Junk and the query's own image are removed. Precision has two rules of its own. It is 0
where fewer than K results are left. And at 5, 10 and 20, once every positive is found, it stays at
the precision of the last one.
"""

import numpy as np

from gld_eval.protocols.judged import Judged, Values
from gld_eval.protocols.protocol import RankingProtocol

_KEPT_ONCE_COMPLETE = (5, 10, 20)


def average_precision(judged: Judged, k: int) -> Values:
    """Compute the sum of precision at the hits up to rank k, divided by all positives."""
    hits = judged.hits()
    return hits.per_positive(hits.precision_sums(k))


def cumulative_match(judged: Judged, k: int) -> Values:
    """Compute 1 for a query with a hit up to rank k, else 0."""
    hits = judged.hits()
    return np.where(hits.positives > 0, hits.up_to(k) > 0, np.nan)


def recall(judged: Judged, k: int) -> Values:
    """Compute the hits up to rank k, divided by all positives."""
    hits = judged.hits()
    return hits.per_positive(hits.up_to(k))


def precision(judged: Judged, k: int) -> Values:
    """Compute the hits up to rank k, divided by k, with the recipe's two rules."""
    hits = judged.hits()
    values = np.where(hits.length >= k, hits.up_to(k) / k, 0)
    if k in _KEPT_ONCE_COMPLETE:
        last = (hits.number == hits.positives[hits.query]) & (hits.rank <= k)
        query = hits.query[last]
        values[query] = hits.positives[query] / hits.rank[last]
    return np.where(hits.positives > 0, values, np.nan)


PROTOCOL = RankingProtocol(
    name="recipe",
    definition="sum of precision at the hits up to rank K, divided by all positives",
    definitions={
        "recipe-cmc@K": "1 if there is a hit up to rank K, else 0",
        "recipe-precision@K": "hits up to rank K, divided by K; 0 if fewer than K results are "
        "left; at 5, 10 and 20, once all positives are found, the precision at the last",
        "recipe-recall@K": "hits up to rank K, divided by all positives",
    },
    measures={
        "recipe-map@K": average_precision,
        "recipe-cmc@K": cumulative_match,
        "recipe-precision@K": precision,
        "recipe-recall@K": recall,
    },
    defaults=(
        "recipe-map@100",
        *(
            f"recipe-{name}@{k}"
            for name in ("cmc", "precision", "recall")
            for k in (1, 5, 10, 20, 100)
        ),
    ),
)
