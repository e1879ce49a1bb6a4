"""The score of a candidate: its similarity, and a bonus for its inliers."""

import numpy as np
import numpy.typing as npt
from gld_shared.search.blocks import Doubles, Floats

Inliers = npt.NDArray[np.int64]


def bonus(inliers: Inliers, weight: float, cap: int) -> Doubles:
    """Compute weight * min(inliers, cap) / cap, of any shape, float64; at least 0."""
    return weight * (np.minimum(inliers, cap) / cap)


def verified_scores(scores: Floats, inliers: Inliers, weight: float, cap: int) -> Doubles:
    """Compute similarity + bonus of candidates, (q, m) float64.

    No score falls, so candidates that are not verified stay behind those that are.
    """
    return scores.astype(np.float64) + bonus(inliers, weight, cap)
