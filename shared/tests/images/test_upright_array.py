"""Pixels as arrays are those that the other decoders give."""

import io

import cv2
import numpy as np
import pytest
from gld_shared.errors import DataError
from gld_shared.images.decode import decode_image
from gld_shared.images.upright_array import decode_gray, decode_rgb
from PIL import Image


def picture(form: str, orientation: int = 1, side: int = 90, **options: object) -> bytes:
    rows, columns = np.mgrid[0 : side * 2 // 3, 0:side]
    channels = (rows * 180 // side, columns * 250 // side, 40 + (rows + columns) % 60)
    exif = Image.Exif()
    exif[0x0112] = orientation
    stream = io.BytesIO()
    Image.fromarray(np.stack(channels, axis=-1).astype(np.uint8)).save(
        stream, form, exif=exif, **options
    )
    return stream.getvalue()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_rgb_is_what_decode_image_gives(form, orientation):
    data = picture(form, orientation)
    assert np.array_equal(decode_rgb(data), decode_image(data).permute(1, 2, 0).numpy())


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("progressive", [False, True])
def test_the_gray_of_a_jpeg_is_what_opencv_reads(orientation, progressive):
    data = picture("JPEG", orientation, progressive=progressive)
    expected = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert np.array_equal(decode_gray(data), expected)


@pytest.mark.parametrize("orientation", [1, 6])
def test_the_gray_of_other_files_is_computed_from_rgb(orientation):
    data = picture("PNG", orientation)
    expected = cv2.cvtColor(decode_rgb(data), cv2.COLOR_RGB2GRAY)
    assert np.array_equal(decode_gray(data), expected)


@pytest.mark.parametrize("orientation", [1, 6])
def test_a_jpeg_is_reduced_to_at_least_the_wanted_sides(orientation):
    data = picture("JPEG", orientation, side=900)
    sides = (200, 300) if orientation == 1 else (300, 200)
    assert decode_gray(data, sides).shape == tuple(3 * side // 2 for side in sides)
    assert decode_rgb(data, sides).shape == (*(3 * side // 2 for side in sides), 3)


def test_a_jpeg_without_its_end_marker_is_read_and_half_a_jpeg_is_not():
    data = picture("JPEG", side=900)
    assert np.array_equal(decode_gray(data[:-2]), decode_gray(data))
    with pytest.raises(DataError, match="cut short or damaged"):
        decode_gray(data[: len(data) // 2])
    with pytest.raises(DataError, match=r"^empty, expected an image$"):
        decode_gray(b"")
