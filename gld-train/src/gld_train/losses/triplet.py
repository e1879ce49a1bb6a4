"""The batch-hard triplet loss."""

from dataclasses import dataclass
from math import inf
from typing import Annotated

import torch
from torch.nn import functional

from gld_train.config_range import Interval


@dataclass(frozen=True)
class TripletConfig:
    """Section triplet: the loss is added to the head's with ``weight``; 0: it is not computed.

    ``soft``: log(1 + exp) in place of ``margin``. Batches need several images of a landmark:
    ``data.sampler`` id_uniform or image_uniform with ``data.instances``.
    """

    weight: Annotated[float, Interval(0, inf, "a factor")] = 0.0
    margin: Annotated[float, Interval(0, 2, "a distance of unit vectors")] = 0.3
    soft: bool = False


def batch_hard_triplet(
    embeddings: torch.Tensor, labels: torch.Tensor, margin: float | None
) -> torch.Tensor:
    """Compute the mean of max(0, p - n + margin) over anchors; without a margin, softplus(p - n).

    p is the distance to the farthest other image of the anchor's label, 0 if there is none; n is
    the distance to the nearest image of another label; an anchor without one contributes 0.
    Distances are between L2-normalised embeddings (b, dimension); labels (b,). fp32 even under
    autocast. Source: Hermans et al., In Defense of the Triplet Loss for Person Re-Identification,
    2017, eq. 5.
    """
    with torch.autocast(embeddings.device.type, enabled=False):
        distances = _distances(functional.normalize(embeddings.float()))
        same = labels[:, None] == labels[None, :]
        others = same & ~torch.eye(len(labels), dtype=torch.bool, device=labels.device)
        positive = distances.masked_fill(~others, 0).amax(dim=1)
        negative = distances.masked_fill(same, torch.inf).amin(dim=1)
        excess = positive - negative
        losses = functional.softplus(excess) if margin is None else (excess + margin).relu()
        return losses.mean()


def _distances(unit: torch.Tensor) -> torch.Tensor:
    """Compute distances (b, b) between unit vectors, clamped: at 0 the gradient is infinite."""
    return (2 - 2 * (unit @ unit.T)).clamp(min=1e-12).sqrt()
