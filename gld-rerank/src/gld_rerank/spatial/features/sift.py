"""SIFT by OpenCV: Lowe, Distinctive Image Features from Scale-Invariant Keypoints (IJCV 2004)."""

import numpy as np
from gld_shared.images.opencv_setup import cv2
from gld_shared.images.upright_array import Pixels

from gld_rerank.spatial.features.kinds import FeatureKind, Matches
from gld_rerank.spatial.keypoints import Keypoints, no_keypoints
from gld_rerank.spatial.matching import ratio_matches


class Sift:
    """See ``LocalFeatures``."""

    def __init__(self, kind: FeatureKind) -> None:
        """Use ``load``."""
        self._kind = kind
        self._sift = cv2.SIFT.create(nfeatures=kind.keypoints)

    def detect(self, pixels: Pixels) -> Keypoints:
        """Detect in gray pixels; OpenCV's descriptors are whole numbers from 0 to 255."""
        found, descriptors = self._sift.detectAndCompute(pixels, None)
        if not found:
            return no_keypoints(self._kind.dimension, self._kind.dtype, pixels.shape[:2])
        points = np.array([keypoint.pt for keypoint in found], np.float32)
        return Keypoints(points, descriptors.astype(self._kind.dtype), pixels.shape[:2])

    def match(self, query: Keypoints, other: Keypoints) -> Matches:
        """Match by Lowe's ratio of the distances to the nearest and the second nearest."""
        return ratio_matches(query.descriptors, other.descriptors)


def load(kind: FeatureKind) -> Sift:
    """Return the features of a kind."""
    return Sift(kind)
