"""Augmentation of one image; every number comes from the generator that is passed."""

import random
from dataclasses import dataclass

import torch
from torch.nn import functional

from gld_train.config.sections import Augment
from gld_train.data.augment_color import NO_CHANGES, ColorChanges, color_changes

Box = tuple[int, int, int, int]
NO_BOX: Box = (0, 0, 0, 0)


def generator_for(seed: int, epoch: int, position: int) -> random.Random:
    """The generator of one sample, whichever worker loads it."""
    return random.Random(f"{seed}/{epoch}/{position}")


@dataclass(frozen=True)
class Augmentation:
    """Flip, pad and crop, changes of colour, and the box to erase, in the recipe's order.

    The box is applied after normalisation (``erase``), where 0 is the mean colour.
    """

    flip: float
    padding: int
    erasing: float
    color: ColorChanges = NO_CHANGES

    def __call__(self, pixels: torch.Tensor, generator: random.Random) -> tuple[torch.Tensor, Box]:
        """Pixels uint8 (3, h, w) to the same shape, and a box (top, left, height, width)."""
        if generator.random() < self.flip:
            pixels = pixels.flip(-1)
        if self.padding:
            pixels = pad_and_crop(pixels, self.padding, generator)
        pixels = self.color(pixels, generator)
        height, width = pixels.shape[-2:]
        return pixels, erasing_box(height, width, self.erasing, generator)


def make_augmentation(augment: Augment) -> Augmentation:
    """What the configuration asks for."""
    return Augmentation(augment.flip, augment.padding, augment.erase, color_changes(augment))


def pad_and_crop(pixels: torch.Tensor, padding: int, generator: random.Random) -> torch.Tensor:
    """Black on all four sides, then a random window of the first size."""
    height, width = pixels.shape[-2:]
    padded = functional.pad(pixels, [padding] * 4)
    top = generator.randint(0, 2 * padding)
    left = generator.randint(0, 2 * padding)
    return padded[..., top : top + height, left : left + width]


def erasing_box(height: int, width: int, probability: float, generator: random.Random) -> Box:
    """A random box (top, left, height, width), or NO_BOX.

    2 % to 20 % of the area, aspect 0.3 to 1/0.3, both uniform; at most 100 attempts to fit. Source:
    Zhong et al., Random Erasing Data Augmentation, 2017, in the reference recipe's order of draws.
    """
    if generator.uniform(0, 1) >= probability:
        return NO_BOX
    for _ in range(100):
        area = generator.uniform(0.02, 0.2) * height * width
        aspect = generator.uniform(0.3, 1 / 0.3)
        tall, wide = round((area * aspect) ** 0.5), round((area / aspect) ** 0.5)
        if wide < width and tall < height:
            top = generator.randint(0, height - tall)
            left = generator.randint(0, width - wide)
            return top, left, tall, wide
    return NO_BOX


def erase(images: torch.Tensor, boxes: list[Box]) -> torch.Tensor:
    """Set each image's box to 0, in place; images are normalised, (b, 3, h, w)."""
    for image, (top, left, height, width) in zip(images, boxes, strict=True):
        image[:, top : top + height, left : left + width] = 0
    return images
