"""Each kind of image file is decoded to the right pixels."""

import io
import struct
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from gld_shared.images.decode import decode_image, read_image
from gld_shared.images.header import read_jpeg_header
from gld_shared.images.opencv import decode_as_recipe
from gld_shared.images.preprocess import load
from gld_shared.testing.deep_images import png
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from .pictures import FIXTURES, Decode, by_every_decoder, encoded, exif_of, scene


def decoded(folder: Path, data: bytes) -> np.ndarray:
    path = folder / "picture"
    path.write_bytes(data)
    image = read_image(path)
    assert image.dtype == torch.uint8
    assert image.shape[0] == 3
    return image.permute(1, 2, 0).numpy().astype(int)


def difference(pixels: np.ndarray, expected: Image.Image) -> float:
    return float(np.abs(pixels - np.asarray(expected.convert("RGB")).astype(int)).mean())


@pytest.mark.parametrize("orientation", range(10))
@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_orientation(tmp_path: Path, orientation: int, form: str) -> None:
    data = encoded(scene(), form, exif=exif_of(orientation))
    expected = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    pixels = decoded(tmp_path, data)
    assert pixels.shape[:2] == expected.size[::-1]
    assert difference(pixels, expected) < 1


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@pytest.mark.parametrize(
    "block",
    [
        b"II*\0\xff\xff",
        struct.pack("<2sHIHHHI4sI", b"II", 42, 8, 1, 0x0112, 2, 3, b"up\0\0", 0),
    ],
    ids=["cut short", "a text for the orientation"],
)
def test_an_image_with_broken_exif_is_not_turned(tmp_path: Path, block: bytes) -> None:
    data = encoded(scene(), exif=b"Exif\0\0" + block)
    assert difference(decoded(tmp_path, data), scene()) < 2


def test_grayscale_jpeg(tmp_path: Path) -> None:
    gray = scene().convert("L")
    assert difference(decoded(tmp_path, encoded(gray)), gray) < 2


def test_cmyk_jpeg_as_adobe_writes_it(tmp_path: Path) -> None:
    data = encoded(scene().convert("CMYK"))
    assert b"Adobe" in data
    assert difference(decoded(tmp_path, data), scene()) < 3


def cmyk_without_adobe() -> bytes:
    inverted = Image.fromarray(255 - np.asarray(scene().convert("CMYK")), "CMYK")
    data = encoded(inverted)
    at = data.index(b"\xff\xee")
    (length,) = struct.unpack_from(">H", data, at + 2)
    return data[:at] + data[at + 2 + length :]


JPEG_OPTIONS = st.fixed_dictionaries(
    {"quality": st.integers(1, 100), "progressive": st.booleans(), "subsampling": st.integers(0, 2)}
)


@given(
    sides=st.tuples(st.integers(1, 70), st.integers(1, 70)),
    mode=st.sampled_from(["RGB", "L"]),
    options=JPEG_OPTIONS,
    orientation=st.integers(1, 8),
)
def test_the_recipe_has_the_pixels_of_opencv(
    sides: tuple[int, int], mode: str, options: dict[str, object], orientation: int
) -> None:
    image = Image.effect_noise(sides, 90).convert("RGB")
    image.paste(scene(20, 30), (3, 5))
    data = encoded(image.convert(mode), exif=exif_of(orientation), **options)
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)
    assert np.array_equal(decode_as_recipe(data).permute(1, 2, 0).numpy(), pixels)


@by_every_decoder
def test_cmyk_jpeg_without_adobe_segment_is_not_inverted(decode: Decode) -> None:
    pixels = decode(cmyk_without_adobe()).permute(1, 2, 0).numpy().astype(int)
    assert difference(pixels, scene()) < 3


@by_every_decoder
@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_avif_that_is_rotated_or_mirrored(orientation: int, decode: Decode) -> None:
    # Pillow writes it as AVIF's own rotation and mirroring.
    data = encoded(scene(), "AVIF", exif=exif_of(orientation), quality=100, subsampling="4:4:4")
    expected = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    pixels = decode(data).permute(1, 2, 0).numpy().astype(int)
    assert pixels.shape[:2] == expected.size[::-1]
    assert difference(pixels, expected) == 0


@pytest.mark.parametrize("form", ["PNG", "GIF"])
def test_palette(tmp_path: Path, form: str) -> None:
    palette = scene().quantize(64)
    assert difference(decoded(tmp_path, encoded(palette, form)), palette) == 0


@pytest.mark.parametrize("mode", ["1", "L", "RGB"])
@pytest.mark.parametrize("form", ["PNG", "BMP", "TIFF"])
def test_lossless_formats(tmp_path: Path, form: str, mode: str) -> None:
    image = scene().convert(mode)
    assert difference(decoded(tmp_path, encoded(image, form)), image) == 0


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_transparent_parts_are_white(tmp_path: Path, form: str, mode: str) -> None:
    image = scene().convert(mode)
    alpha = Image.new("L", image.size, 255)
    alpha.paste(0, (0, 0, 30, 60))
    image.putalpha(alpha)
    pixels = decoded(tmp_path, encoded(image, form, lossless=True))
    assert (pixels[:, :30] == 255).all()
    opaque = scene().convert(mode[:-1]).convert("RGB")
    assert np.abs(pixels[:, 30:] - np.asarray(opaque).astype(int)[:, 30:]).max() <= 1


def test_transparent_palette_colour_is_white(tmp_path: Path) -> None:
    palette = Image.new("P", (4, 4), 0)
    palette.putpalette([255, 0, 0, 0, 255, 0])
    palette.putpixel((0, 0), 1)
    pixels = decoded(tmp_path, encoded(palette, "PNG", transparency=0))
    assert pixels[0, 0].tolist() == [0, 255, 0]
    assert pixels[3, 3].tolist() == [255, 255, 255]


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_16_bit_png_keeps_its_range(tmp_path: Path, mode: str) -> None:
    image = scene().convert(mode)
    data = png(np.asarray(image).astype(np.uint16) * 257)
    assert difference(decoded(tmp_path, data), image) == 0


def test_first_frame_of_an_animation(tmp_path: Path) -> None:
    first = scene().quantize(64)
    black = Image.new("P", first.size)
    data = encoded(first, "GIF", save_all=True, append_images=[black])
    assert difference(decoded(tmp_path, data), first) == 0


@pytest.mark.parametrize("name", ["scene.heic", "turned.heic"])
def test_heic_as_phones_write_it(name: str) -> None:
    image = read_image(FIXTURES / name)
    assert image.shape == (3, 60, 90)
    assert difference(image.permute(1, 2, 0).numpy().astype(int), scene()) < 1


def test_progressive_jpeg_and_extra_bytes(tmp_path: Path) -> None:
    data = encoded(scene(), progressive=True)
    assert difference(decoded(tmp_path, data), scene()) < 2
    data = encoded(scene())
    at = data.index(b"\xff\xdb")
    assert difference(decoded(tmp_path, data[:at] + b"\0\0\0" + data[at:]), scene()) < 2


@pytest.mark.parametrize("size", [16, 60, 61, 200])
@pytest.mark.parametrize("quality", [{}, {"subsampling": 2}])
def test_load_is_close_to_the_full_decode(
    tmp_path: Path, size: int, quality: dict[str, int]
) -> None:
    path = tmp_path / "photograph.jpg"
    path.write_bytes(encoded(scene(241, 403), **quality))
    loaded = load(path, size)
    assert loaded.shape == (3, size, size)
    assert loaded.is_contiguous()
    with Image.open(path) as image:
        expected = np.asarray(image.resize((size, size), Image.Resampling.BILINEAR)).astype(int)
    error = (loaded.permute(1, 2, 0).numpy().astype(int) - expected) ** 2
    assert 10 * np.log10(255**2 / max(error.mean(), 1e-9)) > 33


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
@pytest.mark.parametrize(
    ("at_least", "reduction"),
    [(None, 1), (44, 1), (43, 2), (21, 4), ((43, 173), 2), ((43, 174), 1), ((10, 43), 8)],
)
def test_reduced_as_far_as_both_upright_sides_allow(
    orientation: int, at_least: int | tuple[int, int] | None, reduction: int
) -> None:
    turned = orientation in {6, 8}
    picture = scene(400, 100) if turned else scene(100, 400)
    data = encoded(picture, exif=exif_of(orientation))
    header = read_jpeg_header(data)
    assert header is not None
    assert header.turned(header.sides) == (100, 400)
    sides = (-(-100 // reduction), 400 // reduction)
    assert tuple(decode_image(data, at_least).shape[1:]) == sides


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no image",
        b"\xff\xd8\xff\xe0",
        encoded(scene(), "PNG"),
        encoded(scene().convert("CMYK")),
    ],
)
def test_the_sides_of_other_files_are_unknown_before_decoding(data: bytes) -> None:
    assert read_jpeg_header(data) is None
