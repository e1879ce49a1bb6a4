"""Matches equal OpenCV's, and those of loops over all pairs."""

from hashlib import sha1
from pathlib import Path

import cv2
import numpy as np
import pytest
from gld_rerank.spatial.features.kinds import KINDS
from gld_rerank.spatial.matching import mutual_matches, ratio_matches
from gld_shared.images.upright_array import decode_gray
from gld_shared.testing import photographs
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

GOLDEN = np.load(Path(__file__).parents[1] / "fixtures/methods/local_verification.npz")
# Few values, so that copies and equal distances are frequent.
DESCRIPTORS = st.integers(0, 6).flatmap(
    lambda count: arrays(np.uint8, (count, 3), elements=st.integers(0, 4))
)


def slow_ratio_matches(query, other):
    matches = []
    for row, descriptor in enumerate(query.astype(float)):
        distances = np.sqrt(((other - descriptor) ** 2).sum(axis=1))
        order = np.argsort(distances, kind="stable")
        if len(order) > 1 and distances[order[0]] < 0.8 * distances[order[1]]:
            matches.append((row, int(order[0])))
    return matches


def slow_mutual_matches(query, other, least):
    products = [[int(a.astype(int) @ b.astype(int)) for b in other] for a in query]
    matches = []
    for row, of_row in enumerate(products):
        best = max(range(len(of_row)), key=of_row.__getitem__, default=None)
        if best is None or of_row[best] <= least:
            continue
        column = [products[each][best] for each in range(len(products))]
        if column.index(max(column)) == row:
            matches.append((row, best))
    return matches


@given(DESCRIPTORS, DESCRIPTORS)
def test_ratio_matches_are_those_of_a_loop(query, other):
    assert list(map(tuple, ratio_matches(query, other))) == slow_ratio_matches(query, other)


@given(st.integers(0, 1000), st.integers(1, 40), st.integers(2, 40))
def test_ratio_matches_are_opencvs(seed, n, m):
    generator = np.random.default_rng(seed)
    other = generator.integers(0, 256, (m, 128)).astype(np.float32)
    query = np.clip(
        other[generator.integers(0, m, n)] + generator.integers(-90, 90, (n, 128)), 0, 255
    )
    found = cv2.BFMatcher().knnMatch(query.astype(np.float32), other, 2)
    expected = [(a.queryIdx, a.trainIdx) for a, b in found if a.distance < 0.8 * b.distance]
    matches = ratio_matches(query.astype(np.uint8), other.astype(np.uint8))
    assert list(map(tuple, matches)) == expected


@given(DESCRIPTORS, DESCRIPTORS, st.integers(0, 20))
def test_mutual_matches_are_those_of_a_loop(query, other, least):
    found = list(map(tuple, mutual_matches(query, other, least)))
    assert found == slow_mutual_matches(query, other, least)


@pytest.mark.skipif(photographs() is None, reason="GLD_DATA is not set")
@pytest.mark.parametrize("pair", range(6))
def test_sift_of_photographs_gives_the_reference_keypoints_and_matches(pair):
    sift = KINDS["sift"].load()
    gray = [decode_gray(photograph(str(GOLDEN[f"ids_{side}"][pair]))) for side in "ab"]
    digests = [sha1(pixels.tobytes()).hexdigest()[:16] for pixels in gray]
    assert digests == GOLDEN[f"sha_gray_{pair}"].tolist()
    query, other = map(sift.detect, gray)
    assert [len(query.points), len(other.points)] == GOLDEN[f"n_keypoints_{pair}"].tolist()
    matches = sift.match(query, other)
    assert np.array_equal(matches, GOLDEN[f"matches_{pair}"])
    assert np.array_equal(query.points[matches[:, 0]], GOLDEN[f"pts_a_{pair}"])
    assert np.array_equal(other.points[matches[:, 1]], GOLDEN[f"pts_b_{pair}"])


def photograph(name):
    return (photographs() / "monuments/images" / "/".join(name[:3]) / f"{name}.jpg").read_bytes()
