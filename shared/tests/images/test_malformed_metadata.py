"""Metadata of PNG and TIFF that libraries do not expect: pixels, or an error of one line."""

import io
import struct
import zlib

import numpy as np
import pytest
from gld_shared.errors import DataError
from gld_shared.images.decode import decode_image
from gld_shared.images.opencv import decode_as_recipe
from gld_shared.testing.deep_images import png, tiff
from PIL import Image

by_every_decoder = pytest.mark.parametrize("decode", [decode_image, decode_as_recipe])
GREY = np.arange(600, dtype=np.uint8).reshape(20, 30)
CHUNKS = "PLTE cHRM gAMA iCCP sBIT sRGB bKGD tRNS pHYs eXIf tEXt zTXt iTXt acTL fcTL fdAT IDAT IHDR"
TYPES = range(20)
VALUES = (0, 1, 2, 3, 8, 99, 2**31, 2**32 - 1)


def check(decode, data):
    """Return whether a file is decoded; the alternative is a DataError of one line."""
    try:
        return decode(data).shape[0] == 3
    except DataError as error:
        assert str(error)
        assert "\n" not in str(error)
        return False


def chunk(name: str, body: bytes) -> bytes:
    named = name.encode() + body
    return struct.pack(">I", len(body)) + named + struct.pack(">I", zlib.crc32(named))


@by_every_decoder
@pytest.mark.parametrize("name", CHUNKS.split())
def test_short_chunks_of_a_png(name, decode):
    small = Image.fromarray(GREY, "L")
    palette, grey = io.BytesIO(), io.BytesIO()
    small.convert("P").save(palette, "PNG", transparency=3)
    small.save(grey, "PNG")
    for whole in (palette.getvalue(), grey.getvalue(), png(GREY.astype(np.uint16) * 100)):
        for at in (33, whole.index(b"IDAT") - 4, len(whole) - 12):
            for body in (b"", b"\0", b"x\0\7", bytes(26)):
                check(decode, whole[:at] + chunk(name, body) + whole[at:])


@by_every_decoder
@pytest.mark.parametrize("samples", [np.uint8, np.uint16, np.float32])
def test_tags_of_a_tiff_of_any_type(samples, decode):
    whole = tiff(GREY.astype(samples))
    (count,) = struct.unpack_from("<H", whole, 8)
    results = set()
    for tag in range(10, 10 + 12 * count, 12):
        for number in TYPES:
            data = bytearray(whole)
            struct.pack_into("<H", data, tag + 2, number)
            results.add(check(decode, bytes(data)))
        for value in VALUES:
            for form, offset in (("<I", 4), ("<I", 8)):
                data = bytearray(whole)
                struct.pack_into(form, data, tag + offset, value)
                results.add(check(decode, bytes(data)))
    assert results == {True, False}
