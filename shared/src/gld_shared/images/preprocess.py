"""Image files to the network's input: decode, resize, normalise."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import torch
from torchvision.transforms.v2 import functional

from gld_shared.images.decode import decode_image, read_image
from gld_shared.images.header import JpegHeader, Sides
from gld_shared.images.memory import holding_pixels
from gld_shared.images.settings import FAST, RECIPE, ImageSettings


def load(path: str | Path, size: int) -> torch.Tensor:
    """Read an image and squash it to a square, uint8 ``(3, size, size)`` RGB, upright.

    A JPEG of at least 2.3 times the size is decoded at 1/2, 1/4 or 1/8 by its DCT, which saves
    most of the time; an antialiased resize does the rest. Raises DataError for an unreadable file.
    """
    with holding_pixels():
        return resize(read_image(Path(path), at_least=size), (size, size))


def decode_for(
    data: bytes,
    settings: ImageSettings,
    at_least: Sides | None = None,
    header: JpegHeader | None = None,
) -> torch.Tensor:
    """Decode an image file's bytes by ``settings``, uint8 ``(3, h, w)`` RGB, upright.

    ``at_least`` are the minimum sides of a reduced JPEG; without them, no JPEG is reduced. A caller
    that has read the JPEG's header passes it as ``header``. Raises DataError that names no file.
    """
    if settings.decode == RECIPE:
        from gld_shared.images.opencv import decode_as_recipe

        return decode_as_recipe(data)
    return decode_image(data, at_least if settings.decode == FAST else None, header)


def resize_for(image: torch.Tensor, settings: ImageSettings, sides: Sides) -> torch.Tensor:
    """Resize decoded pixels to a height and a width by ``settings``."""
    if settings.decode == RECIPE:
        from gld_shared.images.opencv import resize_as_recipe

        return resize_as_recipe(image, sides)
    return resize(image, sides)


def resize(image: torch.Tensor, sides: Sides) -> torch.Tensor:
    """Resize pixels uint8 ``(3, h, w)`` to a height and width, antialiased."""
    resized: torch.Tensor = functional.resize(image, list(sides), antialias=True)
    return resized.contiguous()


def normalise(batch: torch.Tensor, mean: Sequence[float], std: Sequence[float]) -> torch.Tensor:
    """Map pixels uint8 ``(b, 3, h, w)`` to fp32 ``(value / 255 - mean) / std``, on their device."""
    # A GPU waits for each upload, so it keeps the values; an export on the CPU traces them.
    made = _kept_on_gpu if batch.is_cuda else _per_channel
    shift, scale = (made(tuple(values), batch.device) for values in (mean, std))
    return batch.float().sub_(shift).div_(scale)


def _per_channel(values: tuple[float, ...], device: torch.device) -> torch.Tensor:
    """Return values times 255, (1, 3, 1, 1)."""
    return torch.tensor([255.0 * value for value in values], device=device).view(1, 3, 1, 1)


@cache
def _kept_on_gpu(values: tuple[float, ...], device: torch.device) -> torch.Tensor:
    with torch.inference_mode(False):
        return _per_channel(values, device)
