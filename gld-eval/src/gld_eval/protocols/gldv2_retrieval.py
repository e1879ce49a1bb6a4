"""Google Landmark Retrieval: mAP@100.

A query's AP is the sum of the precision at its hits among the first 100, divided by the number of
positives or 100, whichever is smaller. A repeated result is wrong, at its rank.
Source: tensorflow/models, research/delf, datasets/google_landmarks_dataset/metrics.py, which raises
ZeroDivisionError for a query without positives, where this leaves it out.
"""

import numpy as np
from gld_shared.metrics import MEASURES
from gld_shared.metrics import Measure as HitMeasure

from gld_eval.protocols.judged import Judged, Values
from gld_eval.protocols.protocol import Measure, RankingProtocol


def over_positives(measure: HitMeasure) -> Measure:
    """Apply a measure of hits to the queries that have positives; the others get nan."""

    def values(judged: Judged, k: int) -> Values:
        hits = judged.hits()
        scored = hits.positives > 0
        rows = np.cumsum(scored) - 1
        found = np.full(len(scored), np.nan)
        found[scored] = measure(rows[hits.query], hits.rank, hits.positives[scored], k)
        return found

    return values


PROTOCOL = RankingProtocol(
    name="gldv2-retrieval",
    definition="sum of precision at the hits up to rank K, divided by min(positives, K)",
    definitions={
        "precision@K": "hits up to rank K, divided by K",
        "recall@K": "hits up to rank K, divided by all positives",
    },
    measures={f"{name}@K": over_positives(measure) for name, measure in MEASURES.items()},
    defaults=("map@100", "precision@10", "recall@10"),
    repeats=True,
)
