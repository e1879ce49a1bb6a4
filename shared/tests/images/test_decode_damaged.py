"""Damaged and absurd image files: pixels where nothing is missing, or an error with the reason."""

import contextlib
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from gld_shared.errors import DataError
from gld_shared.images.decode import read_image
from gld_shared.images.opencv import decode_as_recipe
from gld_shared.images.preprocess import load
from PIL import Image

from .pictures import FIXTURES, Decode, by_every_decoder, encoded, exif_of, scene


def test_the_recipe_prints_nothing_about_damaged_jpegs(capfd: pytest.CaptureFixture[str]) -> None:
    forms = [encoded(scene().convert(mode)) for mode in ("RGB", "L", "CMYK")]
    forms.append(encoded(scene(), progressive=True))
    for data in forms:
        for start in range(300, len(data), 40):
            changed = bytearray(data)
            changed[start] ^= 0x55
            with contextlib.suppress(DataError):
                decode_as_recipe(bytes(changed))
    assert capfd.readouterr() == ("", "")


JPEGS = {
    "RGB": encoded(scene(20, 30)),
    "grey": encoded(scene(20, 30).convert("L")),
    "progressive": encoded(scene(20, 30), progressive=True),
    "CMYK": encoded(scene(20, 30).convert("CMYK")),
    "progressive CMYK": encoded(scene(20, 30).convert("CMYK"), progressive=True),
    "restart markers": encoded(scene(20, 30), restart_marker_rows=1),
    "turned": encoded(scene(20, 30), exif=exif_of(6)),
}


@by_every_decoder
@pytest.mark.parametrize("kind", JPEGS)
def test_a_jpeg_may_lack_its_end_marker(kind: str, decode: Decode) -> None:
    whole = JPEGS[kind]
    expected = decode(whole)
    for cut in (whole[:-1], whole[:-2]):
        assert torch.equal(decode(cut), expected)


@by_every_decoder
@pytest.mark.parametrize("kind", JPEGS)
def test_a_jpeg_that_lacks_more_is_an_error(kind: str, decode: Decode) -> None:
    """At the end of each scan of a progressive JPEG too, where decoders see nothing missing."""
    whole = JPEGS[kind]
    for length in range(2, len(whole) - 2):
        with pytest.raises(DataError):
            decode(whole[:length])


def huge_jpeg() -> bytes:
    data = bytearray(encoded(scene()))
    struct.pack_into(">HH", data, data.index(b"\xff\xc0") + 5, 65000, 65000)
    return bytes(data)


def huge_png() -> bytes:
    data = bytearray(encoded(scene(), "PNG"))
    struct.pack_into(">II", data, 16, 50000, 50000)
    struct.pack_into(">I", data, 29, zlib.crc32(data[12:29]))
    return bytes(data)


def twelve_bit_jpeg() -> bytes:
    data = bytearray(encoded(scene()))
    at = data.index(b"\xff\xc0")
    data[at + 1], data[at + 4] = 0xC1, 12
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty, expected an image"),
        (
            twelve_bit_jpeg(),
            "a JPEG of 12 bits a sample, expected 8; save it again with 8 bits, or",
        ),
        (b"<html>not found</html>", "not an image in a known format"),
        (b"\xff\xd8\xff\xe0", "not an image in a known format|damaged"),
        (encoded(scene())[:-400], "cut short or damaged"),
        (encoded(scene(), progressive=True)[:-400], "cut short or damaged"),
        (encoded(scene().convert("CMYK"))[:-400], "cut short or damaged JPEG"),
        (encoded(scene(), "PNG")[:-200], "cut short or damaged PNG"),
        (encoded(scene(), "GIF")[:-600], "cut short or damaged GIF"),
        (encoded(scene(), "WEBP")[:-100], "cut short or damaged WEBP|damaged image|known format"),
        ((FIXTURES / "scene.heic").read_bytes()[:-400], "cut short or damaged HEIF"),
        (huge_jpeg(), "65000 x 65000 pixels, expected at most 178 megapixels"),
        (huge_png(), "50000 x 50000 pixels, expected at most 178 megapixels"),
        (encoded(Image.new("L", (3000, 2)), "PNG"), "expected sides within 1000 to 1"),
    ],
)
def test_refused_with_the_reason(tmp_path: Path, data: bytes, reason: str) -> None:
    path = tmp_path / "bad.jpg"
    path.write_bytes(data)
    for read in (read_image, lambda path: load(path, 8)):
        with pytest.raises(DataError, match=reason) as caught:
            read(path)
        assert str(caught.value).startswith(f"{path}: ")
        assert "\n" not in str(caught.value)


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none\.jpg: cannot be read: No such file"):
        read_image(tmp_path / "none.jpg")
    with pytest.raises(DataError, match="cannot be read: Is a directory"):
        read_image(tmp_path)


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP", "HEIC"])
def test_damaged_bytes_give_pixels_or_a_data_error(tmp_path: Path, form: str) -> None:
    heic = form == "HEIC"
    whole = (FIXTURES / "scene.heic").read_bytes() if heic else encoded(scene(20, 30), form)
    data = np.frombuffer(whole, np.uint8)
    random = np.random.default_rng(0)
    path = tmp_path / "damaged"
    for _ in range(150):
        damaged = data.copy()
        places = random.integers(0, len(data), 4)
        damaged[places] = random.integers(0, 256, 4)
        path.write_bytes(damaged.tobytes())
        try:
            assert load(path, 16).shape == (3, 16, 16)
        except DataError as error:
            assert str(error).startswith(f"{path}: ")
