"""The pixels of a decoded image as stored, before EXIF's orientation turns them upright."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt


class Rows(NamedTuple):
    """Pixels uint8 ``(h, w, 3)`` RGB as stored, and EXIF's orientation 1..8, 1 for upright."""

    pixels: npt.NDArray[np.uint8]
    orientation: int = 1
