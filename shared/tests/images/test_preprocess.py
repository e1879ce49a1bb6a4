"""Decoding and resizing by each setting (fast, exact, recipe), and normalising."""

import contextlib
import io
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from gld_shared.errors import DataError
from gld_shared.images.errors import AbsurdImageError
from gld_shared.images.preprocess import decode_for, normalise, resize_for
from gld_shared.images.settings import DECODERS, ImageSettings
from gld_shared.testing import photographs, small_image
from PIL import Image

PHOTOGRAPHS = photographs()
FIXTURES = Path(__file__).parents[1] / "fixtures"


def pixels(data: bytes, size: int, decode: str) -> torch.Tensor:
    settings, sides = ImageSettings(size, decode=decode), (size, size)
    return resize_for(decode_for(data, settings, sides), settings, sides)


def psnr(first: torch.Tensor, second: torch.Tensor) -> float:
    error = ((first.double() - second.double()) ** 2).mean().item()
    return 10 * np.log10(255**2 / max(error, 1e-9))


def encoded(rows: np.ndarray, form: str = "PNG", **options: object) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(rows).save(stream, form, **options)
    return stream.getvalue()


def grating(height: int, width: int) -> np.ndarray:
    """Stripes finer than the pixels of a small copy, which only antialiasing averages out."""
    rows, columns = np.mgrid[0:height, 0:width]
    stripes = (rows + columns) // 2 % 2 * 255
    return np.stack([stripes] * 3, axis=-1).astype(np.uint8)


@pytest.mark.parametrize(("size", "reduction"), [(128, 8), (224, 4), (256, 4), (512, 2), (540, 1)])
def test_fast_is_close_to_exact(tmp_path: Path, size: int, reduction: int) -> None:
    data = small_image(tmp_path / "a.jpg", size=(1600, 1200), quality=90).read_bytes()
    fast, exact = (pixels(data, size, decode) for decode in ("fast", "exact"))
    assert fast.shape == exact.shape == (3, size, size)
    reduced = decode_for(data, ImageSettings(size), (size, size))
    assert reduced.shape[1] == 1200 // reduction
    assert psnr(fast, exact) > 44


@pytest.mark.skipif(PHOTOGRAPHS is None, reason="GLD_DATA names no real photographs")
def test_fast_is_closer_to_exact_than_the_recipe_on_real_photographs() -> None:
    files = sorted((PHOTOGRAPHS / "gldv2/gldv2_sample_images").rglob("*.jpg"))
    made = [
        {decode: pixels(file.read_bytes(), 256, decode) for decode in DECODERS} for file in files
    ]
    fast = [psnr(pixels_by["fast"], pixels_by["exact"]) for pixels_by in made]
    recipe = [psnr(pixels_by["recipe"], pixels_by["exact"]) for pixels_by in made]
    # Most are 800 x 600, so half their size is barely large enough: the hardest case.
    assert min(fast) > 35
    assert np.median(fast) > 44
    assert np.median(fast) > np.median(recipe) + 12


def test_exact_antialiases_and_recipe_does_not() -> None:
    data = encoded(grating(300, 300))
    assert pixels(data, 100, "exact").float().std() < 10
    assert pixels(data, 100, "recipe").float().std() > 50


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_recipe_equals_opencv(tmp_path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = small_image(tmp_path / "a.jpg", size=(203, 141), exif=exif)
    expected = cv2.resize(cv2.imread(str(path)), (64, 64))[:, :, ::-1]
    found = pixels(path.read_bytes(), 64, "recipe").permute(1, 2, 0).numpy()
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("size", [32, 48, 128])
def test_recipe_has_the_pixels_of_the_reference(size: int) -> None:
    reference = np.load(FIXTURES / "recipe" / "resized.npz")
    found = pixels(encoded(reference["image_rgb_uint8"]), size, "recipe")
    np.testing.assert_array_equal(found.permute(1, 2, 0).numpy(), reference[f"resized_rgb_{size}"])


def test_recipe_reads_formats_that_opencv_does_not_support() -> None:
    data = (FIXTURES / "scene.heic").read_bytes()
    assert pixels(data, 16, "recipe").shape == (3, 16, 16)


@pytest.mark.parametrize("decode", DECODERS)
@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty, expected an image"),
        (b"no image", "not an image in a known format (JPEG, PNG, HEIC, GIF, ...)"),
    ],
)
def test_an_unreadable_file_is_one_error(decode: str, data: bytes, reason: str) -> None:
    with pytest.raises(DataError) as error:
        pixels(data, 16, decode)
    assert str(error.value) == reason


@pytest.mark.parametrize("decode", DECODERS)
def test_a_jpeg_cut_short_is_an_error(tmp_path: Path, decode: str) -> None:
    data = small_image(tmp_path / "a.jpg", size=(400, 300)).read_bytes()
    with pytest.raises(DataError, match=r"^cut short or damaged"):
        pixels(data[: len(data) // 2], 32, decode)


@pytest.mark.parametrize("decode", DECODERS)
@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF", "WEBP", "GIF", "BMP", "AVIF"])
def test_decoders_print_nothing_about_damaged_files(
    capfd: pytest.CaptureFixture[str], form: str, decode: str
) -> None:
    whole = bytearray(encoded(grating(60, 90), form))
    middle = len(whole) // 2
    whole[middle : middle + 10] = b"0123456789"
    for data in (bytes(whole), bytes(whole[:-200]), bytes(whole[:middle])):
        with contextlib.suppress(DataError):
            pixels(data, 32, decode)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("decode", DECODERS)
def test_absurd_dimensions_are_refused_before_decoding(decode: str) -> None:
    data = encoded(np.zeros((2, 4000, 3), np.uint8))
    with pytest.raises(AbsurdImageError, match=r"^4000 x 2 pixels, expected sides within"):
        pixels(data, 16, decode)


def test_normalise() -> None:
    batch = torch.tensor([0, 255, 51], dtype=torch.uint8).view(1, 3, 1, 1)
    result = normalise(batch, (0.5, 0.5, 0.1), (0.5, 0.25, 0.2))
    assert result.dtype == torch.float32
    torch.testing.assert_close(result.flatten(), torch.tensor([-1.0, 2.0, 0.5]))
