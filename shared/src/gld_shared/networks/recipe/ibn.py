"""IBN-a: instance and batch normalisation side by side, for features that ignore appearance.

Source: Pan et al., Two at Once: Enhancing Learning and Generalization Capacities via IBN-Net, 2018.
"""

from typing import Any

import torch
from torch import nn


class InstanceBatchNorm(nn.Module):
    """InstanceNorm on the first half of the channels, BatchNorm on the second.

    The two layers carry the names of the published weight files, ``IN`` and ``BN``.
    """

    def __init__(self, channels: int) -> None:
        """Take the total number of channels."""
        super().__init__()
        self.middle = channels // 2
        self.IN = nn.InstanceNorm2d(self.middle, affine=True)
        self.BN = nn.BatchNorm2d(channels - self.middle)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Normalise ``(b, channels, h, w)``."""
        first, second = features[:, : self.middle], features[:, self.middle :]
        return torch.cat([self.IN(first), self.BN(second)], dim=1)


def use_ibn_a(resnet: Any) -> None:
    """Put IBN after the first convolution of every block, except in the last stage.

    The last stage keeps plain BatchNorm: its features hold content, not appearance.
    """
    for stage in (resnet.layer1, resnet.layer2, resnet.layer3):
        for block in stage:
            block.bn1 = InstanceBatchNorm(block.bn1.num_features)
