"""The definitions of GAP for one run of predictions, and the rule by which each differs."""

from dataclasses import replace

import numpy as np

from gld_eval.explanation.explain import Effect, Explanation
from gld_eval.protocols.gldv2_recognition import PROTOCOL, precision_at_right
from gld_eval.protocols.recognised import Recognised


def explain_recognition(found: Recognised) -> list[Explanation]:
    """Compute GAP by the official definition, by its option, and by functions of vectors.

    ``ignore_non_gt`` is the official code's option. ``vectors`` are functions that see only the
    images with a prediction, such as the one of Kaggle's discussions and psinger's.
    """
    official = gap(found)
    skipped = ~found.has_landmark[found.image]
    kept = replace(found, image=found.image[~skipped], right=found.right[~skipped])
    ignoring = Effect(
        "predictions for images without a landmark are skipped, not wrong",
        gap(kept) - official,
        int(skipped.sum()),
    )
    predicted = np.zeros(len(found.has_landmark), bool)
    predicted[found.image] = True
    missing = int((found.has_landmark & ~predicted).sum())
    seen = int((found.has_landmark & predicted).sum())
    by_vectors = official * (seen + missing) / max(seen, 1)
    unseen = Effect(
        "divided by the images with a landmark that are predicted, not by all with a landmark",
        by_vectors - official,
        missing,
    )
    return [
        Explanation(PROTOCOL.name, "gap", official, []),
        _of("ignore_non_gt", official, ignoring),
        _of("vectors", official, unseen),
    ]


def gap(found: Recognised) -> float:
    """Compute GAP by the official definition."""
    return float(np.nanmean(precision_at_right(found, 0)))


def _of(name: str, official: float, effect: Effect) -> Explanation:
    return Explanation(name, "gap", official + effect.change, [effect] if effect.queries else [])
