"""A query's first 20 candidates, from keypoints on the disk to inliers."""

import tempfile
from pathlib import Path

import cv2
import numpy as np
from gld_rerank.spatial.features.kinds import KINDS
from gld_rerank.spatial.inliers import HOMOGRAPHY, count_inliers
from gld_rerank.spatial.keypoint_store import KeypointStore
from gld_rerank.spatial.keypoints import Keypoints
from gld_shared.search.blas_threads import single_blas_thread
from measure import LIMIT, OURS, PLAIN, Benchmark

CANDIDATES, KEYPOINTS, SHARED = 20, 2000, 200
SIFT = KINDS["sift"]
SIDES = (480, 640)


def benchmark() -> Benchmark:
    """Verify 20 pairs of images with 2,000 keypoints each."""
    return of_size(KEYPOINTS)


def of_size(keypoints: int) -> Benchmark:
    """Verify 20 pairs of images with so many keypoints each."""
    generator = np.random.default_rng(0)
    query = _image(generator, keypoints)
    images = [query, *(_view(query, generator) for _ in range(CANDIDATES))]
    folder = Path(tempfile.mkdtemp(prefix="gld-bench-")) / "index.sift.keypoints"
    store = KeypointStore.open(folder, SIFT, {"list": {"path": "", "sha256": ""}})
    for row, keypoints in enumerate(images):
        store.write(row, keypoints)
    vectors = [keypoints.descriptors.astype(np.float32) for keypoints in images]
    if _ours(store) != _plain(images, vectors):
        raise AssertionError("the two ways count other inliers")
    return Benchmark(
        "spatial",
        "pairs",
        CANDIDATES,
        {
            OURS: lambda: _ours(store),
            PLAIN: lambda: _plain(images, vectors),
            LIMIT: lambda: _products(vectors),
        },
        {
            OURS: "gld_rerank.spatial: keypoints read and checked, matched, inliers counted",
            PLAIN: "OpenCV's matcher, a loop over its matches, and MAGSAC; keypoints in memory",
            LIMIT: "the products of descriptors alone, in float32",
        },
    )


def _image(generator: np.random.Generator, keypoints: int) -> Keypoints:
    points = generator.uniform(0, SIDES[::-1], (keypoints, 2)).astype(np.float32)
    descriptors = generator.gamma(0.5, 60, (keypoints, SIFT.dimension)).clip(0, 255)
    return Keypoints(points, descriptors.astype(SIFT.dtype), SIDES)


def _view(query: Keypoints, generator: np.random.Generator) -> Keypoints:
    """Return another image, which shares some keypoints with the query, moved by a similarity."""
    other = _image(generator, len(query.points))
    noise = generator.normal(0, 8, (SHARED, SIFT.dimension))
    shared = (query.descriptors[:SHARED] + noise).clip(0, 255).astype(SIFT.dtype)
    moved = 0.9 * query.points[:SHARED] + generator.uniform(0, 40, 2)
    other.points[:SHARED], other.descriptors[:SHARED] = moved, shared
    return other


def _products(vectors: list[np.ndarray]) -> None:
    with single_blas_thread():
        for other in vectors[1:]:
            vectors[0] @ other.T


def _ours(store: KeypointStore) -> list[int]:
    with single_blas_thread():
        return _verify(store)


def _verify(store: KeypointStore) -> list[int]:
    features = SIFT.load()
    query, *others = (store.read(row) for row in range(CANDIDATES + 1))
    counted = []
    for other in others:
        assert query is not None and other is not None
        matches = features.match(query, other)
        points = query.points[matches[:, 0]], other.points[matches[:, 1]]
        counted.append(count_inliers(*points, HOMOGRAPHY, 4.0))
    return counted


def _plain(images: list[Keypoints], vectors: list[np.ndarray]) -> list[int]:
    counted = []
    for other, vector in zip(images[1:], vectors[1:], strict=True):
        pairs = cv2.BFMatcher().knnMatch(vectors[0], vector, 2)
        good = [first for first, second in pairs if first.distance < 0.8 * second.distance]
        here = np.array([images[0].points[match.queryIdx] for match in good])
        there = np.array([other.points[match.trainIdx] for match in good])
        _, mask = cv2.findHomography(
            here, there, cv2.USAC_MAGSAC, 4.0, maxIters=10_000, confidence=0.999
        )
        counted.append(int(mask.sum()))
    return counted
