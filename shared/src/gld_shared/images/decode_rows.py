"""Decoding any image file to rows of RGB pixels as stored.

JPEGs, which landmark collections consist of, go to the fast decoder. Other formats, and JPEGs that
it does not support, go to Pillow, and more than 8 bits a sample to OpenCV.
"""

from gld_shared.images import jpeg, pillow
from gld_shared.images.errors import DamagedImageError
from gld_shared.images.header import JpegHeader, Sides, check_dimensions
from gld_shared.images.high_bit_depth.decode import decode_deep
from gld_shared.images.memory import reserve
from gld_shared.images.rows import Rows


def decode_rows(
    data: bytes,
    header: JpegHeader | None = None,
    least: Sides | None = None,
    colorspace: str = jpeg.RGB,
) -> Rows:
    """Decode a file's bytes, an ordinary JPEG with its header.

    An ordinary JPEG is reduced if it stays well above ``least``, the sides of its rows, and may be
    decoded to another ``colorspace``, as ``jpeg.decode`` does. A JPEG may lack its end marker, the
    last two bytes. Raises DamagedImageError, AbsurdImageError or another
    DataError, which name no file.
    """
    try:
        return _ordinary(data, header, least, colorspace) if header else _other(data)
    except (jpeg.DamagedJpegError, DamagedImageError) as error:
        whole = jpeg.completed(data)
        if whole is None:
            raise DamagedImageError(str(error)) from error
        return decode_rows(whole, header, least, colorspace)


def _ordinary(data: bytes, header: JpegHeader, least: Sides | None, colorspace: str) -> Rows:
    check_dimensions(*header.sides)
    reserve(jpeg.decoded_size(header.sides, least))
    try:
        return Rows(jpeg.decode(data, header.sides, least, colorspace), header.orientation)
    except jpeg.UnusualJpegError:
        return pillow.decode(data)


def _other(data: bytes) -> Rows:
    deep = decode_deep(data)
    return pillow.decode(data) if deep is None else deep.rows
