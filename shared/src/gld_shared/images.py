"""From an image file to the pixels that a network sees."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import simplejpeg
import torch
from PIL import Image, ImageOps
from torch import Tensor
from torchvision.transforms.v2 import functional as transforms

from gld_shared.errors import DataError

MAXIMUM_PIXELS = 178_956_970  # Pillow's limit too: more is a decompression bomb, not a photograph
MAXIMUM_PIXEL_ASPECT = 1000
_ORIENTATION = 0x0112
_JPEG = b"\xff\xd8\xff"


@dataclass(frozen=True)
class ImageSettings:
    """How pixels are prepared: part of the protocol, recorded in every store and checkpoint.

    ``size`` pixels on both sides (``squash``: the aspect ratio is not kept); ``mean`` and ``std``
    per RGB channel, of values in 0..1.
    """

    size: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    resize: str = "squash"

    def to_dict(self) -> dict[str, Any]:
        """As it stands in a checkpoint or a store."""
        return {
            "size": self.size,
            "resize": self.resize,
            "mean": list(self.mean),
            "std": list(self.std),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "ImageSettings":
        """From a checkpoint or a store; keys that are not known are passed over."""
        red, green, blue = values["mean"]
        red_std, green_std, blue_std = values["std"]
        return cls(
            int(values["size"]), (red, green, blue), (red_std, green_std, blue_std),
            values.get("resize", "squash"),
        )  # fmt: skip


def decode(path: str | Path) -> Tensor:
    """The whole image as uint8 RGB, shape (3, h, w), turned as its EXIF orientation says.

    Gray, palette, CMYK, 16-bit and transparent (on white) images become RGB; of an animation the
    first frame is taken. Raises DataError naming the file for whatever cannot be decoded whole.
    """
    return _decode(Path(path), 0)


def load(path: str | Path, size: int) -> Tensor:
    """The image squashed to uint8 RGB, shape (3, size, size), antialiased.

    A JPEG is decoded at half, quarter or eighth size where that still covers ``size``: the discrete
    cosine transform gives those for free. Raises DataError as ``decode`` does.
    """
    pixels = _decode(Path(path), size)
    return transforms.resize(pixels, [size, size], antialias=True)


def normalise(batch: Tensor, mean: Sequence[float], std: Sequence[float]) -> Tensor:
    """uint8 (b, 3, h, w) to float32 with the mean taken off and divided by std, per channel."""
    scale = torch.tensor([255.0 * one for one in std], device=batch.device).view(1, 3, 1, 1)
    offset = torch.tensor([255.0 * one for one in mean], device=batch.device).view(1, 3, 1, 1)
    return (batch.float() - offset) / scale


def _decode(path: Path, size: int) -> Tensor:
    data = _read(path)
    try:
        with Image.open(BytesIO(data)) as image:
            _check_dimensions(path, *image.size)
            orientation = image.getexif().get(_ORIENTATION, 1)
            if data.startswith(_JPEG) and image.mode in ("RGB", "L") and orientation == 1:
                return _decode_jpeg(data, size)
            pixels = np.asarray(_to_rgb(ImageOps.exif_transpose(image)))
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise DataError(f"{path}: cannot be decoded: {_reason(error)}") from error
    return torch.from_numpy(pixels.copy()).permute(2, 0, 1)


def _read(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from error
    if not data:
        raise DataError(f"{path}: cannot be decoded: the file is empty")
    return data


def _reason(error: Exception) -> str:
    text = str(error)
    return "not an image that can be told" if "cannot identify" in text else text


def _check_dimensions(path: Path, width: int, height: int) -> None:
    if width * height > MAXIMUM_PIXELS or max(width, height) > MAXIMUM_PIXEL_ASPECT * min(
        width, height
    ):
        raise DataError(
            f"{path}: {width} x {height} pixels; expected at most {MAXIMUM_PIXELS} pixels "
            f"and sides within 1:{MAXIMUM_PIXEL_ASPECT}"
        )


def _decode_jpeg(data: bytes, size: int) -> Tensor:
    height, width = simplejpeg.decode_jpeg_header(data)[:2]
    # Only powers of two have fast code in libjpeg-turbo; other fractions are slower than full size.
    factor = next((f for f in (8, 4, 2) if size and min(height, width) // f >= size), 1)
    pixels = simplejpeg.decode_jpeg(
        data, "RGB", min_height=height // factor, min_width=width // factor, min_factor=1
    )
    return torch.from_numpy(pixels).permute(2, 0, 1)


def _to_rgb(image: Image.Image) -> Image.Image:
    """Any mode to RGB; what is transparent shows white, as on a page."""
    if image.mode.startswith("I;16") or image.mode in ("I", "F"):
        return _from_deep(image)
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        layered = image.convert("RGBA")
        page = Image.new("RGBA", layered.size, "white")
        return Image.alpha_composite(page, layered).convert("RGB")
    return image.convert("RGB")


def _from_deep(image: Image.Image) -> Image.Image:
    """16 bits per pixel to 8, by range and not by clipping."""
    values = np.asarray(image, dtype=np.float64)
    return Image.fromarray((values / 257).round().clip(0, 255).astype(np.uint8)).convert("RGB")
