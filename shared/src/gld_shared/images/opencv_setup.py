"""OpenCV's settings for decoding files of unknown origin in several threads, without log lines."""

import io
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from cv2.utils import logging
from PIL import Image

from gld_shared.images.library_calls import MalformedError, library_call

__all__ = ["cv2", "imdecode"]

# Callers decode several images at once, each in its own thread.
cv2.setNumThreads(1)
# OpenCV would log each damaged file to standard error, which the caller reports as an error anyway.
logging.setLogLevel(logging.LOG_LEVEL_SILENT)


def imdecode(data: bytes, flags: int) -> npt.NDArray[Any] | None:
    """Decode by ``cv2.imdecode``; None for a file that OpenCV cannot decode."""
    if not data or _is_damaged_png(data):
        return None
    try:
        with library_call():
            return cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except MalformedError:
        return None


def _is_damaged_png(data: bytes) -> bool:
    """Return whether a PNG's checksums fail: libpng would print that to standard error."""
    if not data.startswith(b"\x89PNG"):
        return False
    try:
        with library_call(), Image.open(io.BytesIO(data), formats=("PNG",)) as image:
            image.verify()
    except MalformedError:
        return True
    return False
