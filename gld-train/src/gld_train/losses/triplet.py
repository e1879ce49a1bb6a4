"""The batch-hard triplet loss."""

import torch
from torch.nn import functional


def batch_hard_triplet(
    embeddings: torch.Tensor, labels: torch.Tensor, margin: float | None
) -> torch.Tensor:
    """Mean over anchors of max(0, p - n + margin), or of log(1 + exp(p - n)) without a margin.

    p is the distance to the farthest other image of the anchor's label, 0 without one; n that to
    the nearest of another label, without which the anchor counts as 0. Distances are those between
    L2-normalised embeddings (b, dimension); labels (b,). fp32 also under autocast. Source: Hermans
    et al., In Defense of the Triplet Loss for Person Re-Identification, 2017, eq. 5.
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
    """Euclidean distances (b, b) between unit vectors; at 0 the root's gradient is infinite."""
    return (2 - 2 * (unit @ unit.T)).clamp(min=1e-12).sqrt()
