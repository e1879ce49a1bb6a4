"""The choice of the process that decodes a file, by its format."""

from collections.abc import Callable
from typing import TypeVar

from gld_shared.images.decoder_process.pool import call_in_process

Result = TypeVar("Result")
_JPEG, _PNG = b"\xff\xd8", b"\x89PNG\r\n\x1a\n"
_BITS = slice(24, 25)  # of a PNG's samples


def call_by_format(function: Callable[[bytes], Result], data: bytes) -> Result:
    """Call a function with a JPEG or a PNG here, with any other file in a decoder process.

    Nearly all photographs are JPEGs, and libjpeg-turbo and zlib are among the best-tested
    libraries. A PNG of 16 bits goes to a decoder process, too: OpenCV decodes it, whose libpng
    prints to standard error.
    """
    if data.startswith(_JPEG) or (data.startswith(_PNG) and data[_BITS] != b"\x10"):
        return function(data)
    return call_in_process(function, data)
