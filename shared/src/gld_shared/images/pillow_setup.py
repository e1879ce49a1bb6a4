"""Pillow's settings for files of unknown origin."""

import warnings

import pi_heif
from PIL import Image

# Formats without active content, so that no file can make Pillow start another program.
FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "AVIF", "HEIF")

# ``dimensions`` has a limit of its own; Pillow would warn at half of it.
Image.MAX_IMAGE_PIXELS = None
# Pillow warns, on two lines, of oddities that it handles; an unreadable file is an error anyway.
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")
# Phones write HEIC. One thread per image, because callers decode several at once.
pi_heif.register_heif_opener(thumbnails=False, decode_threads=1)
