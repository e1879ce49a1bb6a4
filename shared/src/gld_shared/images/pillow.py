"""Pillow set up for files of unknown origin."""

import struct
import warnings
import zlib

import pi_heif
from PIL import Image

# Formats without active content, so that no file can make Pillow start another program.
FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "AVIF", "HEIF")
# What Pillow raises on malformed files.
MALFORMED = (
    OSError, SyntaxError, ValueError, EOFError, IndexError, RuntimeError, struct.error, zlib.error
)  # fmt: skip

# ``decode`` checks a limit of its own before decoding; Pillow's would warn at half of it.
Image.MAX_IMAGE_PIXELS = None
# Pillow warns of oddities that it copes with, on two lines each; what it cannot read is an error.
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")
# Phones write HEIC. One thread for each, since callers decode several images at once.
pi_heif.register_heif_opener(thumbnails=False, decode_threads=1)
