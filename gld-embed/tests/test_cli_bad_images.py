"""The command on unusual and unreadable image files, and on networks that fail."""

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch
from gld_shared.checkpoint import save_checkpoint
from gld_shared.images.settings import ImageSettings
from gld_shared.networks import NetworkConfig
from gld_shared.store import open_store
from gld_shared.tables import LIST, write_table
from gld_shared.testing import run, small_image
from PIL import Image

FORMS = "(JPEG, PNG, HEIC, GIF, ...)"


def picture(folder: Path, mode: str = "RGB") -> Image.Image:
    with Image.open(small_image(folder / "picture.png", 3)) as image:
        return image.convert(mode)


def encoded(image: Image.Image, form: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, form, **options)
    return stream.getvalue()


def turned(image: Image.Image) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 8
    return encoded(image.transpose(Image.Transpose.ROTATE_270), "JPEG", quality=95, exif=exif)


def sixteen_bit(image: Image.Image) -> bytes:
    values = np.asarray(image.convert("L")).astype(np.uint16) * 257
    return encoded(Image.fromarray(values), "PNG")


def huge(image: Image.Image) -> bytes:
    data = bytearray(encoded(image, "PNG"))
    struct.pack_into(">II", data, 16, 50000, 50000)
    struct.pack_into(">I", data, 29, zlib.crc32(data[12:29]))
    return bytes(data)


def embed(folder: Path, data: dict[str, bytes], *more: str, checkpoint: str = "pixels:16"):
    """Run the command on image files with these bytes; the ids are their names."""
    (folder / "photos").mkdir(exist_ok=True)
    for name, content in data.items():
        (folder / "photos" / name).write_bytes(content)
    table = pl.DataFrame({"id": list(data), "path": list(data)})
    write_table(folder / "list.tsv", LIST, table, {})
    return run(
        [
            *("gld-embed", folder / "list.tsv", "-c", checkpoint, "--images", folder / "photos"),
            *("-o", folder / "x.zarr", "--dtype", "float32", *more),
        ]
    )


GOOD: dict[str, tuple[Callable[[Image.Image], bytes], str]] = {
    "turned by EXIF": (turned, "RGB"),
    "CMYK": (lambda image: encoded(image.convert("CMYK"), "JPEG", quality=95), "RGB"),
    "palette": (lambda image: encoded(image.quantize(256), "PNG"), "RGB"),
    "grey": (lambda image: encoded(image.convert("L"), "JPEG", quality=95), "L"),
    "16-bit": (sixteen_bit, "L"),
    "transparent": (lambda image: encoded(image.convert("RGBA"), "WEBP", lossless=True), "RGB"),
}


@pytest.mark.parametrize("kind", GOOD)
def test_unusual_images_are_embedded_like_ordinary_ones(tmp_path, kind):
    encode, mode = GOOD[kind]
    plain = encoded(picture(tmp_path, mode), "PNG")
    result = embed(tmp_path, {"unusual": encode(picture(tmp_path)), "plain": plain})
    assert (result.exit_code, result.stderr) == (0, "")
    unusual, same = open_store(tmp_path / "x.zarr").read(slice(0, 2))
    assert unusual @ same > 0.995


BAD: dict[str, tuple[Callable[[Image.Image], bytes], str]] = {
    "cut short": (
        lambda image: encoded(image, "JPEG")[:-400],
        "cut short or damaged: Premature end of JPEG file",
    ),
    "empty": (lambda _: b"", "empty, expected an image"),
    "not an image": (lambda _: b"<html>", f"not an image in a known format {FORMS}"),
    "huge": (
        huge,
        "50000 x 50000 pixels, expected at most 178 megapixels; make it smaller or leave it out",
    ),
    "a line": (
        lambda _: encoded(Image.new("L", (3000, 2)), "PNG"),
        "3000 x 2 pixels, expected sides within 1000 to 1",
    ),
}


@pytest.mark.parametrize(
    ("kind", "decode"), [*((kind, "fast") for kind in BAD), ("empty", "recipe"), ("huge", "recipe")]
)
def test_the_image_that_cannot_be_read_is_named(tmp_path, kind, decode):
    encode, reason = BAD[kind]
    good = encoded(picture(tmp_path), "JPEG")
    data = {"good": good, "bad": encode(picture(tmp_path)), "good too": good}
    result = embed(tmp_path, data, "--decode", decode)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f"Error: {tmp_path / 'photos' / 'bad'}: {reason} (id bad); "
        "--skip-unreadable leaves such images out\n"
    )
    assert not (tmp_path / "x.zarr").exists()


def test_all_unreadable_images_are_skipped(tmp_path):
    good = encoded(picture(tmp_path), "JPEG")
    bad = {kind: encode(picture(tmp_path)) for kind, (encode, _) in BAD.items()}
    (tmp_path / ".x.zarr.partial.1f3a92c0").mkdir()
    result = embed(tmp_path, {"good": good, **bad}, "--skip-unreadable")
    assert result.exit_code == 0
    assert list(tmp_path.glob(".x.zarr*")) == [], "a killed process left it"
    assert list(open_store(tmp_path / "x.zarr").ids) == ["good"]
    left_out = (tmp_path / "x.unreadable.tsv").read_text().splitlines()[2:]
    reasons = [f"{tmp_path / 'photos' / kind}: {reason}" for kind, (_, reason) in BAD.items()]
    assert [line.split("\t")[::2] for line in left_out] == [
        [kind, reason] for kind, reason in zip(BAD, reasons, strict=True)
    ]


def checkpoint(folder: Path, neck: str, **tensors: torch.Tensor) -> str:
    """Save a network whose vectors are 4 x 4 raw pixels, with black as 0."""
    config = NetworkConfig("pixels:4", "avg", neck=neck).to_dict()
    image = ImageSettings(4, mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0)).to_dict()
    path = folder / "network.safetensors"
    names = {f"neck.bn.{name}": tensor for name, tensor in tensors.items()}
    save_checkpoint(path, names, {"model": config, "image": image}, 0, {}, [])
    return str(path)


def test_an_image_without_a_direction_is_named(tmp_path):
    """Black gives a vector of zeros here."""
    black, bright = (encoded(Image.new("RGB", (8, 8), colour), "PNG") for colour in (0, "white"))
    data = {"bright": bright, "black": black, "white": bright}
    result = embed(tmp_path, data, "--precision", "fp32", checkpoint=checkpoint(tmp_path, "none"))
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "Error: id black: the network gave a vector that is zero or not finite (fp32); "
        "try --precision fp32, or look at the checkpoint\n"
    )
    assert not (tmp_path / "x.zarr").exists()


def test_an_image_that_is_fixed_between_two_runs_is_embedded(tmp_path):
    black, bright = (encoded(Image.new("RGB", (8, 8), colour), "PNG") for colour in (0, "white"))
    options = {"checkpoint": checkpoint(tmp_path, "none")}
    data = {f"x{number}": bright for number in range(70)}
    # The first unit, of 64 images, is complete when the second one fails.
    failed = embed(tmp_path, {**data, "x5": b"", "x66": black}, "--skip-unreadable", **options)
    assert "id x66: the network gave a vector" in failed.stderr
    message = "x5: empty, expected an image (id x5)"
    assert message in embed(tmp_path, {**data, "x5": b""}, **options).stderr
    done = embed(tmp_path, data, **options)
    assert (done.exit_code, done.stderr) == (0, "")
    store = open_store(tmp_path / "x.zarr")
    assert list(store.ids) == list(data)
    assert (store.read([5]) == store.read([6])).all()


def test_a_network_of_nan(tmp_path):
    tensors = {name: torch.ones(48) for name in ("weight", "bias", "running_var")}
    broken = checkpoint(
        tmp_path,
        "bn",
        **tensors,
        running_mean=torch.full((48,), torch.nan),
        num_batches_tracked=torch.tensor(0),
    )
    good = encoded(picture(tmp_path), "JPEG")
    data = {f"x{number}": good for number in range(5)}
    result = embed(tmp_path, data, "--precision", "fp32", checkpoint=broken)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "Error: id x0, x1, x2 and 2 more: the network gave a vector that is zero or not finite "
        "(fp32); try --precision fp32, or look at the checkpoint\n"
    )


def test_a_checkpoint_of_a_foreign_architecture(tmp_path):
    good = {"x": encoded(picture(tmp_path), "JPEG")}
    foreign = checkpoint(tmp_path, "none", weight=torch.ones(48))
    assert embed(tmp_path, good, checkpoint=foreign).stderr == (
        f"Error: {foreign}: its tensors do not fit its configuration: Error(s) in loading "
        'state_dict for EmbeddingNetwork: Unexpected key(s) in state_dict: "neck.bn.weight".\n'
    )
    weights = tmp_path / "weights.safetensors"
    from safetensors.torch import save_file

    save_file({"weight": torch.ones(2)}, weights)
    assert embed(tmp_path, good, checkpoint=str(weights)).stderr == (
        f"Error: {weights}: plain weights, which do not say of which network; "
        "name it by --backbone, such as --backbone resnet50\n"
    )
    torch.save({"weight": torch.ones(2)}, tmp_path / "weights.pth")
    assert embed(tmp_path, good, checkpoint=str(tmp_path / "weights.pth")).stderr == (
        f"Error: {tmp_path / 'weights.pth'}: plain weights, which do not say of which network; "
        "name it by --backbone, such as --backbone resnet50\n"
    )
