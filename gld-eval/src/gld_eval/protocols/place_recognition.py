"""Recall@K of place recognition: the share of all queries with a positive among the first K.

Queries without positives count 0.
Source: gmberton/VPR-methods-evaluation, which writes percent, where this is a fraction.
"""

import numpy as np

from gld_eval.protocols.judged import Judged, Values
from gld_eval.protocols.protocol import RankingProtocol, Scope


def found_at(judged: Judged, k: int) -> Values:
    """Compute 1 for a query with a positive up to rank k, else 0."""
    return np.where(judged.hits(removed=()).up_to(k) > 0, 1.0, 0.0)


PROTOCOL = RankingProtocol(
    name="place-recognition",
    definition="1 if a positive is among the first K, else 0",
    measures={"place-recall@K": found_at},
    defaults=tuple(f"place-recall@{k}" for k in (1, 5, 10, 20)),
    removed=(),
    scope=Scope.ALL,
    repeats=True,
)
