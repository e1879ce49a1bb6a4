"""Images of more than 8 bits that cannot be decoded, and guesses of their range, are named."""

import numpy as np
import pytest
from gld_shared.errors import DataError
from gld_shared.images.decode import decode_image
from gld_shared.images.errors import AbsurdImageError, DamagedImageError
from gld_shared.images.high_bit_depth.decode import decode_deep
from gld_shared.images.opencv import decode_as_recipe
from gld_shared.testing.deep_images import BLACK_IS_ZERO, png, tiff

WHITE_IS_ZERO = 0
DECODE = {"fast": decode_image, "recipe": decode_as_recipe}
by_every_decoder = pytest.mark.parametrize("decode", DECODE.values(), ids=DECODE)
ROWS, COLUMNS = np.mgrid[0:60, 0:90]
GREY = (COLUMNS * 250 // 90).astype(np.uint8)
COLOURED = np.stack([GREY, GREY[::-1], 255 - GREY], axis=-1)


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
