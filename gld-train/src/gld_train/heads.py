"""The head: class vectors and a margin, which only training needs."""

import math

import torch
from torch import nn
from torch.nn import functional


class ArcFace(nn.Module):
    """Cosine logits with an additive angular margin on the target class.

    ``weight`` is (classes, dimension). Computed in fp32 also under autocast: half precision gives
    cosines above 1, whose sine is not a number. Source: Deng et al., ArcFace, 2019.
    """

    def __init__(self, dimension: int, classes: int, scale: float, margin: float) -> None:
        """Draw the class vectors from torch's global generator."""
        super().__init__()
        self.weight = nn.Parameter(torch.empty(classes, dimension))
        nn.init.xavier_uniform_(self.weight)
        self.scale = scale
        self.margin = margin

    def forward(self, embeddings: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Embeddings (b, dimension) and labels (b,) to logits (b, classes)."""
        with torch.autocast(embeddings.device.type, enabled=False):
            directions = functional.normalize(self.weight.float())
            cosines = functional.linear(functional.normalize(embeddings.float()), directions)
            target = cosines.gather(1, labels[:, None])
            return self.scale * cosines.scatter(1, labels[:, None], self._with_margin(target))

    def _with_margin(self, cosine: torch.Tensor) -> torch.Tensor:
        """cos(angle + margin); a straight line where the sum passes pi and would rise again."""
        # Not clamped at 0: there the root's gradient is infinite.
        sine = (1.0 - cosine * cosine).clamp(min=1e-12).sqrt()
        turned = cosine * math.cos(self.margin) - sine * math.sin(self.margin)
        line = cosine - self.margin * math.sin(math.pi - self.margin)
        return torch.where(cosine > math.cos(math.pi - self.margin), turned, line)


def start_from(head: ArcFace, rows: torch.Tensor) -> int:
    """Copy the leading rows that both have, and return their number.

    A later stage's list goes on with the labels of the one before, so row i is the same landmark.
    """
    common = min(len(rows), len(head.weight))
    with torch.no_grad():
        head.weight[:common] = rows[:common].to(head.weight)
    return common
