"""Counting the matches that one motion between two images explains."""

from typing import Any

import numpy as np
from gld_shared.images.opencv_setup import cv2
from gld_shared.search.blocks import Floats

HOMOGRAPHY, FUNDAMENTAL = ("homography", "fundamental")
# In pixels; a fundamental matrix allows any place on a line, so it needs a narrower one.
THRESHOLDS = {HOMOGRAPHY: 4.0, FUNDAMENTAL: 2.0}
_LEAST_MATCHES = {HOMOGRAPHY: 4, FUNDAMENTAL: 8}
_ITERATIONS, _CONFIDENCE = 10_000, 0.999


def count_inliers(query: Floats, other: Floats, model: str, threshold: float) -> int:
    """Count the inliers of a homography or a fundamental matrix that MAGSAC finds.

    ``query`` and ``other`` (m, 2) are matched points in pixels; ``threshold`` in pixels. 0 without
    enough matches, and where no model is found. MAGSAC: Barath et al., MAGSAC++ (CVPR 2020).
    """
    if len(query) < _LEAST_MATCHES[model]:
        return 0
    try:
        mask = find_inliers(query, other, model, threshold)
    except cv2.error:
        # OpenCV 5.0.0 fails on a few pairs, instead of finding no model.
        return 0
    return 0 if mask is None else int(np.count_nonzero(mask))


def find_inliers(query: Floats, other: Floats, model: str, threshold: float) -> Any:
    """Return MAGSAC's mask (m, 1) of the matches that are inliers, or None without a model.

    Raises cv2.error for too few matches, and where OpenCV 5.0.0 fails.
    """
    if model == HOMOGRAPHY:
        _, mask = cv2.findHomography(
            query,
            other,
            cv2.USAC_MAGSAC,
            threshold,
            maxIters=_ITERATIONS,
            confidence=_CONFIDENCE,
        )
    else:
        _, mask = cv2.findFundamentalMat(
            query, other, cv2.USAC_MAGSAC, threshold, _CONFIDENCE, _ITERATIONS
        )
    return mask
