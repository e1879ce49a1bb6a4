"""Changes of colour and shape from torchvision, each with its probability; none by default."""

import random
from dataclasses import dataclass

import torch
from torch import nn
from torchvision.transforms import v2

from gld_train.config.sections import Augment


@dataclass(frozen=True)
class ColorChanges:
    """Transforms of pixels uint8 (3, h, w), in order, each with the probability that it is made."""

    transforms: tuple[tuple[float, nn.Module], ...]

    def __call__(self, pixels: torch.Tensor, generator: random.Random) -> torch.Tensor:
        """Draws a seed for each transform that is made, and leaves torch's generator as it was."""
        for probability, transform in self.transforms:
            if generator.random() < probability:
                # torchvision draws from torch's global generator, which knows no sample.
                with torch.random.fork_rng(devices=[]):
                    torch.default_generator.manual_seed(generator.getrandbits(63))
                    pixels = transform(pixels)
        return pixels


NO_CHANGES = ColorChanges(())


def color_changes(augment: Augment) -> ColorChanges:
    """What the configuration asks for, in the reference recipe's order.

    Colour jitter is the recipe's, without hue. RandAugment: Cubuk et al., 2020. AugMix: Hendrycks
    et al., 2020, as the recipe has it: three chains of one operation that change no colours, mixed
    by Dirichlet and Beta distributions of 0.1.
    """
    strength = augment.jitter
    choices = (
        (augment.color_jitter, v2.ColorJitter(strength, strength, strength)),
        (augment.randaugment, v2.RandAugment(augment.operations, augment.magnitude)),
        (
            augment.augmix,
            v2.AugMix(augment.severity, mixture_width=3, chain_depth=1, alpha=0.1, all_ops=False),
        ),
    )
    return ColorChanges(tuple(one for one in choices if one[0] > 0))
