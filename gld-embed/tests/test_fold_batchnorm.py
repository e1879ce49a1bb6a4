"""Networks whose result would differ if BatchNorm were folded."""

import torch
from gld_embed.inference.fold_batchnorm import fold_batch_norms
from torch import nn


class TwiceUsed(nn.Module):
    """A convolution whose output is used by a BatchNorm and by an addition."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.norm = nn.BatchNorm2d(4)

    def forward(self, images):
        features = self.conv(images)
        return self.norm(features) + features


def test_a_network_that_cannot_be_folded_does_not_change():
    network = TwiceUsed().eval()
    network.norm.running_mean.fill_(0.7)
    convolution = network.conv
    assert fold_batch_norms(network, torch.randn(2, 3, 8, 8)) == 0
    assert network.conv is convolution
    assert isinstance(network.norm, nn.BatchNorm2d)
