"""From an image file to the network's input."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torchvision.transforms.v2 import functional

from gld_shared.decoding import Sides, decode_named, read_image
from gld_shared.errors import DataError

# What becomes of the aspect; nothing is ever cut off.
SQUASH, FIT, BUCKET = RESIZES = ("squash", "fit", "bucket")
FAST, EXACT, RECIPE = DECODERS = ("fast", "exact", "recipe")


@dataclass(frozen=True)
class ImageSettings:
    """How an image becomes the network's input, recorded in every store and checkpoint.

    ``size`` in pixels; ``resize`` is ``squash`` (a square of that side), ``fit`` (the longer side
    has that size, the aspect is kept) or ``bucket`` (as many pixels as that square, in the nearest
    of a few aspects); ``mean`` and ``std`` per RGB channel of values in 0..1. Raises DataError on
    others.

    ``decode`` is ``fast``: a large JPEG is reduced by its DCT before the antialiased resize;
    ``exact``: it is decoded whole; or ``recipe``: as the reference recipe does it, by OpenCV,
    without antialiasing.
    """

    size: int
    resize: str = SQUASH
    mean: tuple[float, float, float] = (0.485, 0.456, 0.406)
    std: tuple[float, float, float] = (0.229, 0.224, 0.225)
    decode: str = FAST

    def __post_init__(self) -> None:
        """Check the values."""
        if self.size < 1 or self.resize not in RESIZES:
            raise DataError(
                f"image: size is {self.size} and resize {self.resize!r}, "
                f"expected a positive size and one of {', '.join(RESIZES)}"
            )
        if len(self.mean) != 3 or len(self.std) != 3 or min(self.std) <= 0:
            raise DataError("image: mean and std need three numbers each, std positive ones")
        if self.decode not in DECODERS:
            raise DataError(f"image: decode is {self.decode!r}, expected {', '.join(DECODERS)}")

    def to_dict(self) -> dict[str, Any]:
        """The settings as plain JSON values."""
        return {**asdict(self), "mean": list(self.mean), "std": list(self.std)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "ImageSettings":
        """The settings from a configuration's ``image``; what does not concern them is passed over.

        What was recorded before there was a choice of ``decode`` is ``fast``. Raises DataError when
        another key is missing.
        """
        missing = [key for key in ("size", "resize", "mean", "std") if key not in values]
        if missing:
            raise DataError(f"image: no {', '.join(missing)} in the settings")
        mean, std = tuple(values["mean"]), tuple(values["std"])
        decode = str(values.get("decode", FAST))
        return cls(int(values["size"]), str(values["resize"]), mean, std, decode)


def decode(path: str | Path) -> torch.Tensor:
    """The whole image, uint8 ``(3, h, w)`` RGB, turned upright as its EXIF orientation says.

    Raises DataError naming the file and why when it cannot be read.
    """
    return read_image(Path(path))


def load(path: str | Path, size: int) -> torch.Tensor:
    """The image squashed to a square, uint8 ``(3, size, size)`` RGB, upright.

    A JPEG that is more than twice as large (2.3 times) is decoded at 1/2, 1/4 or 1/8 by its DCT,
    which is where most of the time goes; the rest is an antialiased resize. Raises DataError when
    it cannot be read.
    """
    return resize(read_image(Path(path), at_least=size), (size, size))


def decode_for(
    data: bytes, name: str | Path, settings: ImageSettings, at_least: Sides | None = None
) -> torch.Tensor:
    """An image file's bytes as ``settings`` want it decoded, uint8 ``(3, h, w)`` RGB, upright.

    ``at_least`` are the sides that a reduced JPEG must have; without them it is not reduced.
    Raises DataError that begins with ``name`` and says why when it cannot be read.
    """
    if settings.decode == RECIPE:
        from gld_shared.recipe_pixels import decode_as_recipe

        return decode_as_recipe(data, name)
    return decode_named(data, name, at_least if settings.decode == FAST else None)


def resize_for(image: torch.Tensor, settings: ImageSettings, sides: Sides) -> torch.Tensor:
    """Decoded pixels resized as ``settings`` want it, to a height and a width."""
    if settings.decode == RECIPE:
        from gld_shared.recipe_pixels import resize_as_recipe

        return resize_as_recipe(image, sides)
    return resize(image, sides)


def resize(image: torch.Tensor, sides: Sides) -> torch.Tensor:
    """Pixels uint8 ``(3, h, w)`` to a new height and width, antialiased."""
    resized: torch.Tensor = functional.resize(image, list(sides), antialias=True)
    return resized.contiguous()


def normalise(batch: torch.Tensor, mean: Sequence[float], std: Sequence[float]) -> torch.Tensor:
    """Pixels uint8 ``(b, 3, h, w)`` to fp32 ``(value / 255 - mean) / std``, on the same device."""
    shape = (1, 3, 1, 1)
    shift = torch.tensor([255.0 * one for one in mean], device=batch.device).view(shape)
    scale = torch.tensor([255.0 * one for one in std], device=batch.device).view(shape)
    return batch.float().sub_(shift).div_(scale)
