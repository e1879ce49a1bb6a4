"""Images of more than 8 bits a sample look like the same picture in 8 bits, by every decoder."""

import struct
import zlib

import cv2
import numpy as np
import pytest
from gld_shared.errors import DataError
from gld_shared.images.decode import decode_image
from gld_shared.images.errors import AbsurdImageError, DamagedImageError
from gld_shared.images.high_bit_depth.decode import decode_deep
from gld_shared.images.high_bit_depth.sample_range import SampleRange, guess_range, to_8_bits
from gld_shared.images.opencv import decode_as_recipe
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2

WHITE_IS_ZERO, BLACK_IS_ZERO, RGB = 0, 1, 2
DECODE = {"fast": decode_image, "recipe": decode_as_recipe}
by_every_decoder = pytest.mark.parametrize("decode", DECODE.values(), ids=DECODE)
ROWS, COLUMNS = np.mgrid[0:60, 0:90]
COLOURED = np.stack(
    [ROWS * 200 // 60, COLUMNS * 250 // 90, 40 + (ROWS + COLUMNS) % 60], axis=-1
).astype(np.uint8)
GREY = COLOURED[:, :, 1]


def tiff(
    values: np.ndarray,
    meaning: int | None = None,
    least: float | None = None,
    most: float | None = None,
    **tags: object,
) -> bytes:
    """A TIFF of samples ``(h, w)`` or ``(h, w, n)``; more tags by number, as ``t274=6``."""
    samples = 1 if values.ndim == 2 else values.shape[2]
    directory = ImageFileDirectory_v2()
    directory[256], directory[257] = values.shape[1], values.shape[0]
    directory[258] = (8 * values.dtype.itemsize,) * samples
    directory[262] = (BLACK_IS_ZERO if samples < 3 else RGB) if meaning is None else meaning
    directory[273], directory[277], directory[279] = (0,), samples, (values.nbytes,)
    directory[339] = ({"u": 1, "i": 2, "f": 3}[values.dtype.kind],) * samples
    if least is not None:
        directory[340], directory[341] = (float(least),) * samples, (float(most),) * samples
    elif most is not None:
        directory[281] = (most,) * samples
    for name, value in tags.items():
        directory[int(name[1:])] = value
    # Pillow adds to the strip's offset the place after the directory.
    return b"II*\0" + struct.pack("<I", 8) + directory.tobytes(8) + values.tobytes()


def png(values: np.ndarray, **chunks: bytes) -> bytes:
    """A 16-bit PNG of grey ``(h, w)``, RGB or RGBA ``(h, w, n)``."""
    height, width = values.shape[:2]
    kind = {2: 0, 3: {3: 2, 4: 6}.get(values.shape[-1])}[values.ndim]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    header = struct.pack(">IIBBBBB", width, height, 16, kind, 0, 0, 0)
    named = {"IHDR": header, **chunks, "IDAT": zlib.compress(rows), "IEND": b""}
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body))
        + name.encode()
        + body
        + struct.pack(">I", zlib.crc32(name.encode() + body))
        for name, body in named.items()
    )


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


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array([0, 255], "u2"), (0, 255)),
        (np.array([0, 256], "u2"), (0, 1023)),
        (np.array([7, 2000], "u2"), (0, 4095)),
        (np.array([0, 4096], "u2"), (0, 16383)),
        (np.array([0, 16384], "u2"), (0, 65535)),
        (np.array([0, 16384], "i2"), (0, 32767)),
        (np.array([0, 16384], "i4"), (0, 32767)),
        (np.array([0, 65536], "u4"), (0, 131071)),
        (np.array([0, 2**31], "u4"), (0, 2**32 - 1)),
        (np.array([-5, 300], "i4"), (-5, 300)),
        (np.array([0, 0.3], "f4"), (0, 1)),
        (np.array([0, 1.5], "f4"), (0, 1.5)),
        (np.array([-0.5, np.nan, np.inf], "f4"), (-0.5, -0.5)),
    ],
)
def test_the_range_of_undeclared_samples(values, expected):
    assert guess_range(values) == expected


@given(arrays(np.uint16, (3, 5)), st.integers(8, 16))
def test_integers_lose_their_lower_bits(values, bits):
    white = 2**bits - 1
    pixels = to_8_bits(values, SampleRange(0, white))
    np.testing.assert_array_equal(pixels, np.minimum(values, white) >> (bits - 8))


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


UNREADABLE = "in a layout or compression that cannot be decoded, or damaged; save it with 8 bits"


@by_every_decoder
@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            tiff(COLOURED.astype("u2"), t284=2, t273=(0, 10800, 21600), t279=(10800,) * 3),
            f"16-bit samples {UNREADABLE}, or as PNG",
        ),
        (tiff(GREY.astype("f2")), f"16-bit float samples {UNREADABLE}, or as PNG"),
        (
            tiff(np.dstack([GREY.astype("i2")] * 2), BLACK_IS_ZERO, t338=(2,)),
            f"16-bit signed samples {UNREADABLE}, or as PNG",
        ),
        (tiff(COLOURED.astype("f4"))[:-500], f"32-bit float samples {UNREADABLE}, or as PNG"),
    ],
)
def test_an_image_that_cannot_be_decoded(data, message, decode):
    with pytest.raises(DataError) as caught:
        decode(data)
    assert str(caught.value) == message


@by_every_decoder
def test_unusable_images(decode):
    with pytest.raises(DamagedImageError, match=r"^32-bit float samples without a finite value$"):
        decode(tiff(np.full((9, 9), np.nan, "f4")))
    with pytest.raises(DamagedImageError, match=r"^cut short or damaged PNG: "):
        decode(png(GREY.astype("u2"))[:-100])
    with pytest.raises(DamagedImageError, match=r"^cut short or damaged TIFF: "):
        decode(tiff(GREY.astype("u2"))[:-100])
    with pytest.raises(AbsurdImageError, match=r"^4000 x 2 pixels, expected sides within"):
        decode(tiff(np.zeros((2, 4000, 3), "f4")))


@by_every_decoder
@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@pytest.mark.parametrize(
    "data",
    [tiff(GREY.astype("f4")), tiff(COLOURED.astype("i4")), png(COLOURED.astype("u2") << 4)],
    ids=["float", "signed", "PNG"],
)
def test_damaged_bytes_give_pixels_or_a_data_error(data, decode, capfd):
    random = np.random.default_rng(0)
    for _ in range(100):
        damaged = np.frombuffer(data, np.uint8).copy()
        places = random.integers(0, 300, 3)  # the header
        damaged[places] = random.integers(0, 256, 3)
        try:
            assert decode(damaged.tobytes()).shape[0] == 3
        except DataError as error:
            assert "\n" not in str(error)
    assert capfd.readouterr() == ("", "")


def test_formats_that_only_the_recipe_reads():
    grey = b"P5\n90 60\n255\n" + GREY.tobytes()
    np.testing.assert_array_equal(rows_of(grey, decode_as_recipe), in_colour(GREY))
    deep = b"P5\n90 60\n4095\n" + (GREY.astype(">u2") << 4).tobytes()
    with pytest.raises(DataError) as caught:
        decode_as_recipe(deep)
    assert str(caught.value) == (
        "uint16 samples in a format that is read with 8 bits only; save it as PNG or TIFF"
    )


@pytest.mark.parametrize(
    ("data", "guess"),
    [
        (tiff(GREY), None),
        (png(GREY.astype("u2") * 257), ""),
        (tiff(GREY.astype("u4") << 24), ""),
        (png(GREY.astype("u2"), sBIT=b"\x08"), ""),
        (tiff(GREY.astype("u2"), most=255), ""),
        (
            tiff(GREY.astype("u2") << 4),
            "16-bit samples of undeclared range, here 0 to 3952: "
            "0 is taken as black, 4095 as white",
        ),
        (
            tiff(GREY.astype("i4") - 7, WHITE_IS_ZERO),
            "32-bit signed samples of undeclared range, here -7 to 240: "
            "240 is taken as black, -7 as white",
        ),
        (
            tiff(GREY.astype("f4") / 2),
            "32-bit float samples of undeclared range, here 0 to 123.5: "
            "0 is taken as black, 123.5 as white",
        ),
    ],
)
def test_a_guess_is_named(data, guess):
    deep = decode_deep(data)
    assert (deep and deep.guess) == guess
