"""Augmentation of one image; every random number comes from the generator that is passed."""

import random
from dataclasses import dataclass
from typing import Annotated

import torch
from torch.nn import functional
from torchvision.transforms import v2

from gld_train.config_range import Interval
from gld_train.data.random_erasing import Box, erasing_box
from gld_train.data.seeded_transforms import SeededTransforms

Probability = Annotated[float, Interval(0, 1, "a probability")]


@dataclass(frozen=True)
class AugmentConfig:
    """Section augment: the probability of each change, and its strength.

    ``flip``; a random crop after ``padding`` pixels on all sides, 0: none; ``erase``. Between crop
    and erasing, changes of colour and shape: ``color_jitter`` (brightness, contrast and saturation
    by up to ``jitter``), ``randaugment`` (``operations`` of ``magnitude`` 0 to 30), ``augmix``
    (``severity`` 1 to 10).
    """

    flip: Probability = 0.5
    padding: Annotated[int, Interval(0, 16_384, "pixels")] = 10
    erase: Probability = 1.0
    color_jitter: Probability = 0.0
    jitter: Annotated[float, Interval(0, 1)] = 0.1
    randaugment: Probability = 0.0
    operations: Annotated[int, Interval(1, 100)] = 2
    magnitude: Annotated[int, Interval(0, 30)] = 9
    augmix: Probability = 0.0
    severity: Annotated[int, Interval(1, 10)] = 1


@dataclass(frozen=True)
class Augmentation:
    """Flip, pad and crop, changes of colour, and the box to erase, in the recipe's order.

    The box is applied after normalisation (``erase``), where 0 is the mean colour.
    """

    flip: float
    padding: int
    erasing: float
    color: SeededTransforms | None = None

    def __call__(self, pixels: torch.Tensor, generator: random.Random) -> tuple[torch.Tensor, Box]:
        """Augment pixels uint8 (3, h, w), and draw a box (top, left, height, width) to erase."""
        if generator.random() < self.flip:
            pixels = pixels.flip(-1)
        if self.padding:
            pixels = pad_and_crop(pixels, self.padding, generator)
        if self.color is not None:
            pixels = self.color(pixels, generator)
        height, width = pixels.shape[-2:]
        return pixels, erasing_box(height, width, self.erasing, generator)


def make_augmentation(config: AugmentConfig) -> Augmentation:
    """Build the augmentation that the configuration describes."""
    return Augmentation(config.flip, config.padding, config.erase, _color_changes(config))


def _color_changes(config: AugmentConfig) -> SeededTransforms | None:
    """Build the transforms of colour and shape that are on, in the reference recipe's order.

    Colour jitter is the recipe's, without hue. RandAugment: Cubuk et al., 2020. AugMix: Hendrycks
    et al., 2020, as in the recipe: three chains of one operation each, which changes no colours,
    mixed by Dirichlet and Beta distributions of 0.1.
    """
    strength = config.jitter
    transforms = (
        (config.color_jitter, v2.ColorJitter(strength, strength, strength)),
        (config.randaugment, v2.RandAugment(config.operations, config.magnitude)),
        (
            config.augmix,
            v2.AugMix(config.severity, mixture_width=3, chain_depth=1, alpha=0.1, all_ops=False),
        ),
    )
    used = tuple(pair for pair in transforms if pair[0] > 0)
    return SeededTransforms(used) if used else None


def generator_for(seed: int, epoch: int, position: int) -> random.Random:
    """Make the generator of one sample, the same in whichever worker loads it."""
    return random.Random(f"{seed}/{epoch}/{position}")


def pad_and_crop(pixels: torch.Tensor, padding: int, generator: random.Random) -> torch.Tensor:
    """Pad with black on all four sides, then crop a random window of the original size."""
    height, width = pixels.shape[-2:]
    padded = functional.pad(pixels, [padding] * 4)
    top = generator.randint(0, 2 * padding)
    left = generator.randint(0, 2 * padding)
    return padded[..., top : top + height, left : left + width]
