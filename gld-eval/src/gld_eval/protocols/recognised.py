"""Recognised images: the arrays that protocols of recognition score."""

from dataclasses import dataclass

import numpy as np

from gld_eval.protocols.judged import Flags, Integers, Values


@dataclass(frozen=True)
class Recognised:
    """Predictions of one landmark for each image, by falling confidence; ties by image id.

    ``image`` (predictions,): the row of each prediction's image. ``right`` (predictions,): whether
    it is one of the image's landmarks. ``has_landmark`` (images,): images without a landmark are
    scored too: each prediction for one is wrong.
    """

    image: Integers
    right: Flags
    has_landmark: Flags

    def of_images(self, values: Values) -> Values:
        """Place values of the predictions (predictions,) at their images: (images,), else 0."""
        placed = np.zeros(len(self.has_landmark))
        placed[self.image] = values
        return placed
