"""Circle loss, in its form for class labels."""

import math

import torch
from torch import nn

from gld_train.losses.head import Head, on_target


class Circle(Head):
    """Cosines weighted by their distance from their optimum.

    s * a * (cos - (1 - m)) on the target class with a = max(0, 1 + m - cos), and s * a * (cos - m)
    with a = max(0, cos + m) on the others; no gradient flows through a. Source: Sun et al.,
    Circle Loss: A Unified Perspective of Pair Similarity Optimization, 2020, with
    class vectors as the proxies; the paper's s is 256 and m 0.25.
    """

    def initialise(self, weight: torch.Tensor) -> None:
        """Draw from a uniform Kaiming distribution, as torch's linear layers do."""
        nn.init.kaiming_uniform_(weight, a=math.sqrt(5))

    def with_margin(
        self, cosines: torch.Tensor, targets: torch.Tensor, margin: torch.Tensor
    ) -> torch.Tensor:
        """Weigh the target's cosine and those of the other classes."""
        positive = cosines.gather(1, targets)
        near = (1 + margin - positive).detach().relu() * (positive - (1 - margin))
        far = (cosines + margin).detach().relu() * (cosines - margin)
        return on_target(far, targets, near)
