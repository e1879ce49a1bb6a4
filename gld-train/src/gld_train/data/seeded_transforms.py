"""Transforms of torchvision whose random numbers depend on the sample alone."""

import random
from dataclasses import dataclass

import torch
from torch import nn


@dataclass(frozen=True)
class SeededTransforms:
    """Transforms of pixels uint8 (3, h, w), in order, each applied with its probability."""

    transforms: tuple[tuple[float, nn.Module], ...]

    def __call__(self, pixels: torch.Tensor, generator: random.Random) -> torch.Tensor:
        """Draw a seed for each transform that is applied; torch's generator is left unchanged."""
        for probability, transform in self.transforms:
            if generator.random() < probability:
                # torchvision draws from torch's global generator, so seed it for this sample.
                with torch.random.fork_rng(devices=[]):
                    torch.default_generator.manual_seed(generator.getrandbits(63))
                    pixels = transform(pixels)
        return pixels
