"""Photographs are read upright, cut to the box, and reduced."""

import io

import numpy as np
import pytest
from gld_shared.errors import DataError
from gld_shared.images.reduced_pixels import read_pixels
from gld_shared.images.upright_array import decode_gray, decode_rgb
from PIL import Image


def picture(width, height, form="JPEG", orientation=1):
    rows, columns = np.mgrid[0:height, 0:width]
    channels = (rows * 200 // height, columns * 250 // width, 40 + (rows + columns) % 60)
    exif = Image.Exif()
    exif[0x0112] = orientation
    stream = io.BytesIO()
    image = Image.fromarray(np.stack(channels, axis=-1).astype(np.uint8))
    image.save(stream, form, exif=exif)
    return stream.getvalue()


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
@pytest.mark.parametrize("orientation", [1, 6])
def test_small_photographs_keep_their_pixels(form, orientation):
    data = picture(90, 60, form, orientation)
    assert np.array_equal(read_pixels(data, None, 90, is_gray=True), decode_gray(data))
    assert np.array_equal(read_pixels(data, None, 90, is_gray=False), decode_rgb(data))


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
@pytest.mark.parametrize(("orientation", "sides"), [(1, (200, 300)), (6, (300, 200))])
def test_large_photographs_are_reduced(form, orientation, sides):
    data = picture(1500, 1000, form, orientation)
    assert read_pixels(data, None, 300, is_gray=True).shape == sides
    assert read_pixels(data, None, 300, is_gray=False).shape == (*sides, 3)


def test_the_thinnest_photograph_keeps_a_pixel():
    assert read_pixels(picture(900, 1), None, 64, is_gray=True).shape == (1, 64)


@pytest.mark.parametrize("orientation", [1, 6])
def test_a_box_counts_upright_pixels(orientation):
    data = picture(90, 60, "PNG", orientation)
    cut = read_pixels(data, (10.0, 20.0, 50.0, 58.0), 1024, is_gray=True)
    assert np.array_equal(cut, decode_gray(data)[20:58, 10:50])
    assert read_pixels(data, (10.0, 20.0, 50.0, 58.0), 20, is_gray=True).shape == (19, 20)


def test_a_box_outside_the_photograph_is_refused():
    with pytest.raises(DataError) as error:
        read_pixels(picture(90, 60), (10.0, 20.0, 95.0, 58.0), 1024, is_gray=True)
    assert str(error.value) == (
        "the box 10 20 95 58 leaves the image, which is 90 x 60 pixels when upright; fix x0 y0 x1 "
        "y1 in the list"
    )
