"""Images of more than 8 bits a sample look like the same picture in 8 bits, by every decoder."""

import struct

import cv2
import numpy as np
import pytest
from gld_shared.errors import DataError
from gld_shared.images.decode import decode_image
from gld_shared.images.opencv import decode_as_recipe
from gld_shared.testing.deep_images import BLACK_IS_ZERO, png, tiff
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2

WHITE_IS_ZERO = 0
DECODE = {"fast": decode_image, "recipe": decode_as_recipe}
by_every_decoder = pytest.mark.parametrize("decode", DECODE.values(), ids=DECODE)
ROWS, COLUMNS = np.mgrid[0:60, 0:90]
COLOURED = np.stack(
    [ROWS * 200 // 60, COLUMNS * 250 // 90, 40 + (ROWS + COLUMNS) % 60], axis=-1
).astype(np.uint8)
GREY = COLOURED[:, :, 1]


def rows_of(data: bytes, decode=decode_image) -> np.ndarray:
    return decode(data).permute(1, 2, 0).numpy().astype(int)


def in_colour(picture: np.ndarray) -> np.ndarray:
    return (picture if picture.ndim == 3 else np.dstack([picture] * 3)).astype(int)


SAME = {
    "12 bits in 16, TIFF": lambda picture: tiff(picture.astype("u2") << 4),
    "12 bits in 16, PNG": lambda picture: png(picture.astype("u2") << 4),
    "10 bits in 16, PNG": lambda picture: png(picture.astype("u2") << 2),
    "8 bits in 16": lambda picture: tiff(picture.astype("u2")),
    "16 bits": lambda picture: tiff(picture.astype("u2") * 257),
    "16 bits, PNG": lambda picture: png(picture.astype("u2") * 257),
    "8 bits in 32": lambda picture: tiff(picture.astype("u4")),
    "20 bits in 32": lambda picture: tiff(picture.astype("u4") << 12),
    "32 bits": lambda picture: tiff(picture.astype("u4") << 24),
    "signed 16 bits": lambda picture: tiff(picture.astype("i2") << 7),
    "12 bits in signed 16": lambda picture: tiff(picture.astype("i2") << 4),
    "8 bits in signed 32": lambda picture: tiff(picture.astype("i4")),
    "16 bits in signed 32": lambda picture: tiff(picture.astype("i4") << 8),
    "floats of 0..1": lambda picture: tiff(picture.astype("f4") / 255),
    "doubles of 0..1": lambda picture: tiff(picture.astype("f8") / 255),
    "declared maximum": lambda picture: tiff(picture.astype("u2") << 2, most=1023),
    "declared maximum of a dark picture": (
        lambda picture: tiff(picture.astype("u2") << 4, most=4000)
    ),
    "declared range of floats": (
        lambda picture: tiff(picture.astype("f4") / 2 - 100, least=-100.0, most=27.5)
    ),
    "declared range below 0": (
        lambda picture: tiff(picture.astype("i2") - 128, least=-128, most=127)
    ),
    "declared bits, PNG": lambda picture: png(picture.astype("u2") << 2, sBIT=b"\x0a" * 3),
    "declared bits, scaled to 16 as PNG prescribes": (
        lambda picture: png(picture.astype("u2") << 8, sBIT=b"\x0a" * 3)
    ),
}


@by_every_decoder
@pytest.mark.parametrize("picture", [GREY, COLOURED], ids=["grey", "RGB"])
@pytest.mark.parametrize("kind", SAME)
def test_the_same_pixels_as_in_8_bits(kind, picture, decode):
    np.testing.assert_array_equal(rows_of(SAME[kind](picture), decode), in_colour(picture))


@by_every_decoder
@pytest.mark.parametrize("values", [GREY.astype("f4") / 10 - 7, GREY.astype("i2") - 100])
def test_the_darkest_and_the_brightest_value_of_other_ranges_are_black_and_white(values, decode):
    pixels = rows_of(tiff(values), decode)
    assert (pixels.min(), pixels.max()) == (0, 255)
    stretched = (GREY.astype(float) - GREY.min()) / (GREY.max() - GREY.min()) * 255
    assert np.abs(pixels - in_colour(stretched)).max() <= 1


@by_every_decoder
@pytest.mark.parametrize(
    "values",
    [
        (255 - GREY.astype("u2")) * 257,
        (255 - GREY.astype("u2")) << 4,
        (255 - GREY.astype("i4")) << 4,
        (1 - GREY / np.float32(255)),
    ],
    ids=["16 bits", "12 bits in 16", "12 bits in signed 32", "floats"],
)
def test_white_is_zero(values, decode):
    pixels = rows_of(tiff(values, WHITE_IS_ZERO), decode)
    assert np.abs(pixels - in_colour(GREY)).max() <= 1


@given(arrays(np.uint16, array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=40)), st.data())
def test_16_bits_in_full_keep_their_high_byte(values, data):
    values[0, 0] = data.draw(st.integers(2**14, 2**16 - 1))  # more than 14 bits
    coloured = np.dstack([values, values[::-1], ~values])
    for picture in (values, coloured):
        for encoded in (tiff(picture), png(picture)):
            np.testing.assert_array_equal(rows_of(encoded), in_colour(picture >> 8))
            # The recipe's own bytes: OpenCV rounds those of a TIFF in RGB.
            flat = np.frombuffer(encoded, np.uint8)
            expected = cv2.imdecode(flat, cv2.IMREAD_COLOR_RGB)
            np.testing.assert_array_equal(rows_of(encoded, decode_as_recipe), expected)


@by_every_decoder
def test_floats_without_a_value_are_black_and_infinite_ones_white(decode):
    values = GREY.astype("f4") / 255
    values[3, 4], values[5, 6], values[7, 8] = np.nan, np.inf, -np.inf
    pixels = rows_of(tiff(values), decode)
    assert pixels[[3, 5, 7], [4, 6, 8], 0].tolist() == [0, 255, 0]
    assert pixels[20, 20, 0] == GREY[20, 20]


@by_every_decoder
def test_a_constant_image(decode):
    assert (rows_of(tiff(np.full((9, 9), 5, "f4")), decode) == 0).all()
    assert (rows_of(tiff(np.full((9, 9), -5, "i2")), decode) == 0).all()


@by_every_decoder
def test_transparent_parts_are_white(decode):
    opacity = np.full(GREY.shape, 1023, "u2")
    opacity[:20] = 0
    pixels = rows_of(png(np.dstack([COLOURED.astype("u2") << 2, opacity])), decode)
    assert (pixels[:20] == 255).all()
    np.testing.assert_array_equal(pixels[20:], COLOURED[20:])


@by_every_decoder
@pytest.mark.parametrize(("kind", "dim"), [(1, COLOURED // 2), (2, COLOURED)])
def test_opacity_in_a_tiff(kind, dim, decode):
    """Half transparent: kind 1 says that the colours are multiplied by the opacity, 2 not."""
    opacity = np.full(GREY.shape, 128 << 4, "u2")
    data = tiff(np.dstack([dim.astype("u2") << 4, opacity]), t338=(kind,))
    assert np.abs(rows_of(data, decode) - (COLOURED / 2.0 + 127)).max() <= 2


@by_every_decoder
@pytest.mark.parametrize("orientation", range(1, 9))
def test_turned_upright(orientation, decode):
    deep = tiff(COLOURED.astype("u2") << 4, t274=orientation)
    shallow = tiff(COLOURED, t274=orientation)
    np.testing.assert_array_equal(rows_of(deep, decode), rows_of(shallow))
    exif = Image.Exif()
    exif[0x0112] = orientation
    turned = png(GREY.astype("u2") << 4, eXIf=exif.tobytes()[6:])
    np.testing.assert_array_equal(rows_of(turned, decode)[..., 0], rows_of(shallow)[..., 1])


@by_every_decoder
def test_tiles_beyond_the_edge(decode):
    padded = np.zeros((64, 96), "u2")
    padded[:60, :90] = GREY.astype("u2") * 257
    tiles = padded.reshape(2, 32, 3, 32).swapaxes(1, 2).reshape(6, 32, 32)
    directory = ImageFileDirectory_v2()
    directory[256], directory[257], directory[258] = 90, 60, (16,)
    directory[262], directory[277] = BLACK_IS_ZERO, 1
    directory[322], directory[323], directory[325] = 32, 32, (2048,) * 6
    directory[324] = tuple(range(8, 8 + tiles.nbytes, 2048))
    start = 8 + tiles.nbytes
    data = b"II*\0" + struct.pack("<I", start) + tiles.tobytes() + directory.tobytes(start)
    np.testing.assert_array_equal(rows_of(data, decode), in_colour(GREY))


@by_every_decoder
def test_separate_planes_that_fill_16_bits(decode):
    planes = np.moveaxis(COLOURED.astype("u2") * 257, -1, 0).tobytes()
    data = tiff(COLOURED.astype("u2"), t284=2, t273=(0, 10800, 21600), t279=(10800,) * 3)
    data = data[: -len(planes)] + planes
    np.testing.assert_array_equal(rows_of(data, decode), COLOURED)


def test_formats_that_only_the_recipe_reads():
    grey = b"P5\n90 60\n255\n" + GREY.tobytes()
    np.testing.assert_array_equal(rows_of(grey, decode_as_recipe), in_colour(GREY))
    deep = b"P5\n90 60\n4095\n" + (GREY.astype(">u2") << 4).tobytes()
    with pytest.raises(DataError) as caught:
        decode_as_recipe(deep)
    assert str(caught.value) == (
        "uint16 samples in a format that is read with 8 bits only; save it as PNG or TIFF"
    )
