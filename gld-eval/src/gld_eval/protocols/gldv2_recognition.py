"""Google Landmark Recognition: GAP, also called micro average precision.

All predictions are ranked together by confidence. GAP is the sum of precision at the right ones,
divided by the number of images that have a landmark, predicted or not. Equal confidences are
ordered by image id. A prediction for an image without a landmark is wrong.
Source: tensorflow/models, research/delf, datasets/google_landmarks_dataset/metrics.py, which raises
ZeroDivisionError if no image has a landmark, where gld-eval says so.
"""

import numpy as np

from gld_eval.protocols.judged import Values
from gld_eval.protocols.protocol import Protocol
from gld_eval.protocols.recognised import Recognised


def precision_at_right(found: Recognised, _: int) -> Values:
    """Compute the precision at each right prediction; nan for an image without a landmark.

    The mean is GAP.
    """
    values = found.of_images(np.where(found.right, _precision(found), 0))
    return np.where(found.has_landmark, values, np.nan)


def right(found: Recognised, _: int) -> Values:
    """Compute 1 for a right prediction, else 0; nan for an image without a landmark."""
    values = found.of_images(found.right.astype(np.float64))
    return np.where(found.has_landmark, values, np.nan)


def influence_on_gap(found: Recognised) -> Values:
    """Compute what each image adds to GAP, directly and through other images' precision: (images,).

    These are GAP plus its derivatives by the images' weights, times the number of images. Their
    mean is GAP, and the mean of images drawn again is, to first order, the GAP of these images.
    All are nan if no image has a landmark.
    """
    if not found.has_landmark.any():
        return np.full(len(found.has_landmark), np.nan)
    right, precision = found.right, _precision(found)
    gap_sum = float((right * precision).sum())
    landmarks = int(found.has_landmark.sum())
    rank = np.arange(1, len(right) + 1)
    # An image raises all right ones below it by (right - precision) / rank.
    raised = _sum_from_here(right / rank)
    lowered = _sum_from_here(right * precision / rank)
    derivative = found.of_images(right * precision + right * raised - lowered)
    derivative = (derivative - found.has_landmark * (gap_sum / landmarks)) / landmarks
    return np.asarray(gap_sum / landmarks + len(derivative) * derivative)


def _precision(found: Recognised) -> Values:
    return np.asarray(np.cumsum(found.right) / np.arange(1, len(found.right) + 1))


def _sum_from_here(values: Values) -> Values:
    return np.asarray(np.cumsum(values[::-1])[::-1])


PROTOCOL = Protocol[Recognised](
    name="gldv2-recognition",
    definition="sum of precision at the right predictions, ranked together by confidence, divided "
    "by the number of images with a landmark",
    definitions={"top1": "1 for a right prediction, else 0"},
    measures={"gap": precision_at_right, "top1": right},
    defaults=("gap", "top1"),
)
