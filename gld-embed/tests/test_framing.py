"""The area of an image, and the sides that it is resized to."""

import numpy as np
import pytest
import torch
from gld_embed.images.framing import buckets, frame_area, nearest_bucket
from gld_shared.errors import DataError
from gld_shared.images.boxes import Area, area_of
from gld_shared.images.settings import ImageSettings
from hypothesis import given
from hypothesis import strategies as st

SIDE = st.integers(1, 3000)


def sides_of(resize: str, height: int, width: int, size: int = 512) -> tuple[int, int]:
    whole = (height, width)
    return frame_area(whole, area_of(None, whole), ImageSettings(size, resize)).sides


def test_squash_does_not_keep_the_aspect():
    assert sides_of("squash", 1200, 1600) == (512, 512)


@pytest.mark.parametrize(
    ("image", "sides"),
    [
        ((1200, 1600), (384, 512)),
        ((1600, 1200), (512, 384)),
        ((1024, 683), (512, 342)),
        ((300, 200), (300, 200)),  # nothing is enlarged,
        ((40, 4000), (32, 512)),  # except sides too short for a network
    ],
)
def test_fit_keeps_the_aspect(image, sides):
    assert sides_of("fit", *image) == sides


def test_a_box_is_reduced_as_much_as_the_whole_image_would_be():
    whole = (1200, 1600)
    area = area_of((100, 50, 900, 650), whole)
    assert area == Area(50, 100, 650, 900)
    assert frame_area(whole, area, ImageSettings(512, "fit")).sides == (192, 256)
    assert frame_area(whole, area, ImageSettings(512, "squash")).sides == (512, 512)
    assert frame_area(whole, area, ImageSettings(512, "bucket")).sides == (448, 576)


def test_the_buckets():
    assert buckets(512) == (
        *((512, 512), (448, 576), (576, 448), (416, 640)),
        *((640, 416), (384, 672), (672, 384)),
    )
    assert buckets(256) == (
        *((256, 256), (224, 288), (288, 224), (224, 320)),
        *((320, 224), (192, 352), (352, 192)),
    )
    assert buckets(32) == ((32, 32),)


@pytest.mark.parametrize(
    ("image", "bucket"),
    [
        ((900, 1000), (512, 512)),
        ((1200, 1600), (448, 576)),
        ((683, 1024), (416, 640)),
        ((1024, 683), (640, 416)),
        ((200, 4000), (384, 672)),
    ],
)
def test_the_nearest_bucket(image, bucket):
    assert sides_of("bucket", *image) == bucket


@given(SIDE, SIDE, st.integers(32, 1024))
def test_a_bucket_has_about_as_many_pixels_as_the_square(height, width, size):
    found = nearest_bucket((height, width), size)
    assert found in buckets(size)
    assert found[0] % 32 == found[1] % 32 == 0
    # Each side is rounded by 16 pixels at most.
    assert abs(found[0] * found[1] - size**2) <= 16 * 2.1 * size + 16**2
    turned = nearest_bucket((width, height), size)
    assert height == width or turned == found[::-1] or size < 128


@given(st.data())
def test_the_area_of_an_image_that_was_decoded_smaller(data):
    whole = (data.draw(SIDE), data.draw(SIDE))
    area = Area(0, 0, *whole)
    if data.draw(st.booleans()):
        top, left = (data.draw(st.integers(0, side - 1)) for side in whole)
        bottom = data.draw(st.integers(top + 1, whole[0]))
        area = Area(top, left, bottom, data.draw(st.integers(left + 1, whole[1])))
    frame = frame_area(whole, area, ImageSettings(64, "fit"))
    room = min(side // least for side, least in zip(whole, frame.at_least, strict=True))
    reduction = next((factor for factor in (8, 4, 2) if factor <= room), 1)
    small = [-(-side // reduction) for side in whole]
    # Each pixel holds its row and column.
    rows, columns = (torch.arange(side, dtype=torch.int16) for side in small)
    image = torch.stack(torch.meshgrid(rows, columns, indexing="ij"))
    cut = frame.cut(image)
    assert min(cut.shape) > 0
    edges = ((0, area.top, area.bottom, 1), (1, area.left, area.right, 2))
    for channel, start, stop, axis in edges:
        assert abs(int(cut[channel].min()) - start / reduction) <= 1
        assert abs(int(cut[channel].max()) + 1 - stop / reduction) <= 1
        if reduction > 1:
            assert cut.shape[axis] >= frame.sides[axis - 1], "the area is not enlarged"
    if reduction == 1:
        expected = image[:, area.top : area.bottom, area.left : area.right]
        np.testing.assert_array_equal(cut, expected)


@pytest.mark.parametrize(
    ("box", "area"),
    [
        (None, Area(0, 0, 60, 90)),
        ((0, 0, 90, 60), Area(0, 0, 60, 90)),
        ((10.4, 20.5, 30.6, 40.4), Area(21, 10, 40, 31)),
        ((0, 0, 91, 60.7), Area(0, 0, 60, 90)),  # clipped: less than a pixel outside
        ((10.1, 10.1, 10.2, 10.2), Area(10, 10, 11, 11)),  # never empty
        ((89.9, 59.9, 90, 60), Area(59, 89, 60, 90)),
    ],
)
def test_the_edges_of_a_box_are_rounded(box, area):
    assert area_of(box, (60, 90)) == area


@pytest.mark.parametrize("box", [(0, 0, 92, 60), (0, 0, 90, 61.5), (90, 0, 91, 5), (0, 60, 5, 61)])
def test_a_box_outside_of_the_image(box):
    with pytest.raises(DataError) as caught:
        area_of(box, (60, 90))
    assert str(caught.value) == (
        f"the box {' '.join(map(str, box))} leaves the image, which is 90 x 60 pixels when "
        "upright; fix x0 y0 x1 y1 in the list"
    )
