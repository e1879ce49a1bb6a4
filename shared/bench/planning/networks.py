"""The size and the operations of an embedding network, counted without computing."""

from dataclasses import dataclass
from functools import cache
from typing import Any, cast

import torch
from gld_shared.networks import NetworkConfig, build
from torch.utils.flop_counter import FlopCounterMode


@dataclass(frozen=True)
class NetworkSize:
    """``operations`` of an image's forward pass (a multiply-add is two), and ``parameters``."""

    operations: float
    parameters: int
    dimension: int


@cache
def network_size(network: NetworkConfig, pixels: int) -> NetworkSize:
    """Count the operations of a network's backbone, nearly all, on a square image."""
    with torch.device("meta"):
        built = build(network).eval()
        with torch.inference_mode(), FlopCounterMode(display=False) as counter:
            cast(Any, built.backbone).forward_features(torch.zeros(1, 3, pixels, pixels))
    parameters = sum(parameter.numel() for parameter in built.parameters())
    return NetworkSize(float(counter.get_total_flops()), parameters, built.dimension)
