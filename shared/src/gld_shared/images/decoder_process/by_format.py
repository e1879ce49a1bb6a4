"""The choice of the process that decodes a file, by its format."""

from collections.abc import Callable
from typing import TypeVar

from gld_shared.images.decoder_process.pool import call_in_process

Result = TypeVar("Result")
# Nearly all photographs, and libjpeg-turbo and libpng are among the best-tested decoders.
_IN_THIS_PROCESS = (b"\xff\xd8", b"\x89PNG\r\n\x1a\n")


def call_by_format(function: Callable[[bytes], Result], data: bytes) -> Result:
    """Call a function with a JPEG or a PNG here, with any other file in a decoder process."""
    if data.startswith(_IN_THIS_PROCESS):
        return function(data)
    return call_in_process(function, data)
