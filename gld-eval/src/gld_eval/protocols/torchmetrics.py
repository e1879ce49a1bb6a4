"""torchmetrics' RetrievalMAP: the mean of precision at the hits that were found.

It sees the results only: AP divides by the hits up to rank K, so that a single hit at rank 1 has
AP 1 whatever is missing. A hit whose score is not above 0 is none. Queries without results are
unknown to it.
Source: torchmetrics 1.9, functional/retrieval/average_precision.py, with empty_target_action "neg".
It computes in float32, and the order of equal scores is undefined there; here they stay as ranked.
"""

import numpy as np

from gld_eval.protocols.judged import Judged, Values
from gld_eval.protocols.protocol import RankingProtocol, Scope


def average_precision(judged: Judged, k: int) -> Values:
    """Compute the mean precision at the hits up to rank k; nan for a query without results."""
    hits = judged.all_hits(judged.results.rank, judged.results.positive)
    found = hits.precision_sums(k) / np.maximum(hits.up_to(k), 1)
    return np.where(hits.length > 0, found, np.nan)


PROTOCOL = RankingProtocol(
    name="torchmetrics",
    definition="mean precision at the hits up to rank K with scores above 0; queries without "
    "neighbours are left out",
    measures={"torchmetrics-map@K": average_precision},
    defaults=("torchmetrics-map@100",),
    removed=(),
    own_image=True,
    scope=Scope.JUDGED,
    scores_missing=False,
)
