"""The settings that turn an image into the network's input; stores and checkpoints record them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from gld_shared.errors import DataError
from gld_shared.type_contract import type_fault

# Treatments of the aspect ratio. None of them crops the image.
SQUASH, FIT, BUCKET = RESIZES = ("squash", "fit", "bucket")
MAXIMUM_SIZE = 16_384
FAST, EXACT, RECIPE, GPU = DECODERS = ("fast", "exact", "recipe", "gpu")


@dataclass(frozen=True)
class ImageSettings:
    """The steps from an image to the network's input, recorded in every store and checkpoint.

    ``size`` in pixels; ``resize`` is ``squash`` (a square of that side), ``fit`` (the longer side
    has that size, the aspect is kept) or ``bucket`` (as many pixels as that square, in the nearest
    of a few aspects); ``mean`` and ``std`` per RGB channel of values in 0..1. Raises DataError for
    other values.

    ``decode`` is ``fast``: a large JPEG is reduced by its DCT before the antialiased resize;
    ``exact``: it is decoded in full; ``recipe``: by OpenCV without antialiasing, as in the
    reference recipe; or ``gpu``: as ``exact``, JPEGs by nvJPEG where there is a GPU.
    """

    size: int
    resize: str = SQUASH
    mean: tuple[float, float, float] = (0.485, 0.456, 0.406)
    std: tuple[float, float, float] = (0.229, 0.224, 0.225)
    decode: str = FAST

    def __post_init__(self) -> None:
        """Check the values."""
        if self.size not in range(1, MAXIMUM_SIZE + 1) or self.resize not in RESIZES:
            raise DataError(
                f"image: size is {self.size} and resize {self.resize!r}, "
                f"expected 1 to {MAXIMUM_SIZE} pixels and one of {', '.join(RESIZES)}"
            )
        if len(self.mean) != 3 or len(self.std) != 3 or min(self.std) <= 0:
            raise DataError("image: mean and std need three numbers each, std positive ones")
        if self.decode not in DECODERS:
            raise DataError(f"image: decode is {self.decode!r}, expected {', '.join(DECODERS)}")

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as plain JSON values."""
        return {**asdict(self), "mean": list(self.mean), "std": list(self.std)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "ImageSettings":
        """Take the settings from a configuration's ``image``; other keys are ignored.

        Settings recorded before ``decode`` existed are ``fast``. Raises DataError when another key
        is missing, and for a value of another type.
        """
        missing = [key for key in ("size", "resize", "mean", "std") if key not in values]
        if missing:
            raise DataError(f"image: no {', '.join(missing)} in the settings")
        fault = type_fault(dict(values), cls, "image")
        if fault is not None:
            raise DataError(fault)
        mean, std = tuple(values["mean"]), tuple(values["std"])
        return cls(values["size"], values["resize"], mean, std, values.get("decode", FAST))
