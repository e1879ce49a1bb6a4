"""Inliers are those of OpenCV's MAGSAC, and none where it finds nothing or fails."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from gld_rerank.spatial.inliers import FUNDAMENTAL, HOMOGRAPHY, count_inliers, find_inliers

GOLDEN = np.load(Path(__file__).parents[1] / "fixtures/methods/local_verification.npz")
# Matched points of two photographs for which OpenCV 5.0.0 raises an error.
FAILING = [
    (15.1442232131958, 133.5789337158203, 16.81521224975586, 170.85916137695312),
    (70.3106918334961, 88.64502716064453, 92.89957427978516, 21.1273250579834),
    (83.61953735351562, 6.591167449951172, 62.02333068847656, 114.63519287109375),
    (89.24710845947266, 222.91659545898438, 104.52395629882812, 239.06080627441406),
    (96.11830139160156, 223.04306030273438, 104.52395629882812, 239.06080627441406),
    (119.76643371582031, 65.13140106201172, 171.1543426513672, 227.82980346679688),
    (124.32919311523438, 219.6652069091797, 104.52395629882812, 239.06080627441406),
    (126.75144958496094, 180.77964782714844, 54.519710540771484, 97.70259857177734),
    (173.70059204101562, 221.82025146484375, 104.52395629882812, 239.06080627441406),
]


@pytest.mark.parametrize("pair", range(6))
@pytest.mark.parametrize(
    ("name", "model", "threshold"),
    [
        ("H2.0", HOMOGRAPHY, 2.0),
        ("H4.0", HOMOGRAPHY, 4.0),
        ("F1.0", FUNDAMENTAL, 1.0),
        ("F2.0", FUNDAMENTAL, 2.0),
    ],
)
def test_inliers_are_the_reference_values(pair, name, model, threshold):
    points, others = GOLDEN[f"pts_a_{pair}"], GOLDEN[f"pts_b_{pair}"]
    mask = find_inliers(points, others, model, threshold)
    assert mask.ravel().tolist() == GOLDEN[f"mask_{name}_{pair}"].tolist()
    assert count_inliers(points, others, model, threshold) == GOLDEN[f"inliers_{name}_{pair}"]
    order = GOLDEN[f"permutation_{name}_{pair}"]
    permuted = count_inliers(points[order], others[order], model, threshold)
    assert permuted == GOLDEN[f"inliers_permuted_{name}_{pair}"]
    swapped = count_inliers(others, points, model, threshold)
    assert swapped == GOLDEN[f"inliers_swapped_{name}_{pair}"]


@pytest.mark.parametrize(("model", "least"), [(HOMOGRAPHY, 4), (FUNDAMENTAL, 8)])
def test_too_few_matches_have_no_inliers(model, least):
    points = np.random.default_rng(0).uniform(0, 600, (least, 2)).astype(np.float32)
    assert count_inliers(points[:-1], points[:-1] + 5, model, 4.0) == 0
    assert count_inliers(points[:0], points[:0], model, 4.0) == 0


@pytest.mark.skipif(cv2.__version__ != "5.0.0", reason="an error of OpenCV 5.0.0")
def test_a_pair_on_which_opencv_fails_has_no_inliers():
    pairs = np.array(FAILING, np.float32)
    with pytest.raises(cv2.error):
        cv2.findFundamentalMat(pairs[:, :2], pairs[:, 2:], cv2.USAC_MAGSAC, 2.0, 0.999, 10_000)
    assert count_inliers(pairs[:, :2], pairs[:, 2:], FUNDAMENTAL, 2.0) == 0


@pytest.mark.parametrize("model", [HOMOGRAPHY, FUNDAMENTAL])
def test_copies_of_one_match_have_no_inliers(model):
    points = np.full((30, 2), 7, np.float32)
    assert count_inliers(points, points, model, 4.0) == 0
