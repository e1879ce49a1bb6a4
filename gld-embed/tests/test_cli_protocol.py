"""gld-embed with aspects, several views and boxes: arguments in, rows out."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from gld_shared.store import EmbeddingStore, open_store
from gld_shared.tables import LIST, write_table
from gld_shared.testing import run, small_image

NETWORK = "random:efficientnet_lite0"
SIZES = {"lying": (96, 64), "standing": (64, 96), "wide": (160, 64), "small": (40, 40)}


@pytest.fixture
def folder(tmp_path) -> Path:
    """Pictures of several aspects, and their list."""
    for seed, (name, size) in enumerate(SIZES.items()):
        small_image(tmp_path / "photos" / f"{name}.png", seed, size)
    write_list(tmp_path, list(SIZES))
    return tmp_path


def write_list(folder: Path, names: list[str], **more: list[object]) -> None:
    rows = pl.DataFrame({"id": names, "path": [f"{name}.png" for name in names], **more})
    write_table(folder / "list.tsv", LIST, rows, {})


def embed(folder: Path, *more: str | Path, checkpoint: str = NETWORK, output: str = "x.zarr"):
    return run(
        [
            *("gld-embed", folder / "list.tsv", "-c", checkpoint, "--images", folder / "photos"),
            *("-o", folder / output, "--precision", "fp32", "--dtype", "float32", *more),
        ]
    )


def store(folder: Path, *more: str | Path, **options: str) -> EmbeddingStore:
    result = embed(folder, *more, **options)
    assert result.exit_code == 0, result.output
    return open_store(folder / options.get("output", "x.zarr"))


def message(result) -> str:
    assert (result.exit_code, result.stdout) == (1, "")
    return result.stderr


def rows(made: EmbeddingStore) -> np.ndarray:
    return made.read(slice(0, made.n))


@pytest.mark.parametrize("resize", ["squash", "fit", "bucket"])
def test_resize_is_recorded_and_any_batch_gives_the_same(folder, resize):
    options = ("--resize", resize, "--size", "64")
    first = store(folder, *options)
    assert first.attributes["image"]["resize"] == resize
    np.testing.assert_allclose(np.linalg.norm(rows(first), axis=1), 1, atol=1e-5)
    alone = store(folder, *options, "--batch", "1", output="y.zarr")
    np.testing.assert_allclose(rows(first), rows(alone), atol=1e-5)


def test_fit_leaves_a_small_image_as_it_is(folder):
    """The vector equals that of a square of the image's own size."""
    write_list(folder, ["small"])
    fitted = store(folder, "--resize", "fit", "--size", "64")
    square = store(folder, "--size", "40", output="y.zarr")
    np.testing.assert_allclose(rows(fitted), rows(square), atol=1e-5)


def test_stores_of_other_protocols_are_not_compared(folder):
    protocols = {
        "a": ("--resize", "fit"),
        "b": ("--resize", "bucket"),
        "c": ("--flip",),
        "d": ("--flip", "--view-sum", "normalised"),
        "e": ("--scales", "0.7071,1"),
    }
    for name, options in protocols.items():
        store(folder, "--size", "64", *options, output=f"{name}.zarr")
    for first, second in zip("abcd", "bcde", strict=True):
        found = message(
            run(["gld-search", folder / f"{first}.zarr", "--index", folder / f"{second}.zarr"])
        )
        assert "different image settings" in found


def test_scales_and_mirrored_images_are_recorded(folder):
    made = store(folder, "--size", "64", "--scales", "1,0.5", "--flip", "--view-sum", "normalised")
    image = made.attributes["image"]
    assert (image["scales"], image["flip"], image["view_sum"]) == ([0.5, 1], True, "normalised")
    arguments = made.history[-1]["arguments"]
    assert arguments[arguments.index("--scales") + 1] == "1.0,0.5"
    plain = store(folder, "--size", "64", output="y.zarr")
    assert "view_sum" not in plain.attributes["image"], "comparable with stores of one view"
    cosines = (rows(made) * rows(plain)).sum(axis=1)
    assert 0.5 < cosines.min() < cosines.max() < 0.9999


def test_invalid_scales(folder):
    result = embed(folder, "--scales", "large")
    assert result.exit_code == 2
    assert "Invalid value for '--scales': 'large', expected numbers with commas" in result.stderr
    for scales, shown in [("1,1", "(1.0, 1.0)"), ("1e9", "(1000000000.0,)")]:
        expected = f"Error: scales are {shown}, expected numbers from 0.1 to 10, each once\n"
        assert message(embed(folder, "--scales", scales)) == expected


def test_a_box_is_embedded_as_if_it_were_cut_out(folder):
    from PIL import Image

    with Image.open(folder / "photos" / "lying.png") as picture:
        picture.crop((10, 5, 74, 53)).save(folder / "photos" / "cut.png")
    write_list(folder, ["cut", "wide"])
    cut = store(folder, checkpoint="pixels:16")
    rows_of_boxes = pl.DataFrame(
        {
            "id": ["query", "wide"],
            "path": ["lying.png", "wide.png"],
            "x0": [10.2, None],
            "y0": [4.9, None],
            "x1": [74.0, None],
            "y1": [53.0, None],
        }
    )
    write_table(folder / "list.tsv", LIST, rows_of_boxes, {})
    boxed = store(folder, checkpoint="pixels:16", output="y.zarr")
    assert list(boxed.ids) == ["query", "wide"]
    np.testing.assert_array_equal(rows(boxed), rows(cut))


def test_a_box_counts_the_pixels_of_the_upright_image(folder):
    """A reduced JPEG, stored on its side, has the pixels of the same picture stored upright."""
    from PIL import Image

    small_image(folder / "photos" / "large.png", size=(640, 480))
    exif = Image.Exif()
    exif[0x0112] = 6
    with Image.open(folder / "photos" / "large.png") as picture:
        turned = picture.transpose(Image.Transpose.ROTATE_90)
        turned.save(folder / "photos" / "turned.jpg", exif=exif, quality=98, subsampling=0)
    box = {"x0": [100.0] * 2, "y0": [200.0] * 2, "x1": [500.0] * 2, "y1": [400.0] * 2}
    table = pl.DataFrame({"id": ["a", "b"], "path": ["large.png", "turned.jpg"], **box})
    write_table(folder / "list.tsv", LIST, table, {})
    upright, lying = rows(store(folder, checkpoint="pixels:16"))
    assert upright @ lying > 0.999


@pytest.mark.parametrize("decode", ["fast", "exact", "recipe"])
def test_a_list_with_boxes_and_one_without(folder, decode):
    write_list(folder, ["lying"], x0=[16.0], y0=[8.0], x1=[80.0], y1=[56.0])
    (folder / "list.tsv").rename(folder / "boxes.tsv")
    write_list(folder, ["wide", "lying"])
    first = store(folder, folder / "boxes.tsv", "--decode", decode, checkpoint="pixels:16")
    assert list(first.ids) == ["wide", "lying"]
    boxed = run(
        [
            *("gld-embed", folder / "boxes.tsv", folder / "list.tsv", "-c", "pixels:16"),
            *("--images", folder / "photos", "-o", folder / "y.zarr", "--decode", decode),
            *("--precision", "fp32", "--dtype", "float32"),
        ]
    )
    assert boxed.exit_code == 0, boxed.output
    second = open_store(folder / "y.zarr")
    assert list(second.ids) == ["lying", "wide"]
    np.testing.assert_array_equal(rows(second)[1], rows(first)[0])
    assert rows(second)[0] @ rows(first)[1] < 0.999, "the first row counts, and has the box"


def test_a_box_outside_of_its_image_is_named(folder):
    write_list(folder, ["lying"], x0=[0.0], y0=[10.0], x1=[97.5], y1=[20.0])
    assert message(embed(folder)) == (
        f"Error: {folder / 'photos' / 'lying.png'}: the box 0 10 97.5 20 leaves the image, which "
        "is 96 x 64 pixels when upright; fix x0 y0 x1 y1 in the list (id lying); "
        "--skip-unreadable leaves such images out\n"
    )


def test_a_skipped_image_keeps_its_box(folder):
    write_list(folder, ["lying", "none"], x0=[0.0, 1.0], y0=[0.0, 2.0], x1=[9.0, 3], y1=[9.0, 4])
    store(folder, "--skip-unreadable", checkpoint="pixels:16")
    left_out = (folder / "x.unreadable.tsv").read_text().splitlines()
    assert left_out[1] == "id\tpath\tx0\ty0\tx1\ty1\treason"
    assert left_out[2].startswith("none\tnone.png\t1.0\t2.0\t3.0\t4.0\t")


def test_sides_that_the_network_cannot_take(folder):
    checkpoint = "random:vit_tiny_patch16_224"
    assert message(embed(folder, "--resize", "fit", "--batch", "1", checkpoint=checkpoint)) == (
        "Error: model: vit_tiny_patch16_224 cannot take images of 40x40 pixels: "
        "Input height (40) should be divisible by patch size (16). Choose another size or resize.\n"
    )
    store(folder, "--resize", "bucket", "--size", "64", checkpoint=checkpoint, output="y.zarr")


@pytest.mark.parametrize(
    ("options", "sides"),
    [(["--size", "20"], "20x20"), (["--scales", "2"], "32x32"), (["--resize", "bucket"], "32x32")],
)
def test_the_baseline_of_pixels_takes_one_size(folder, options, sides):
    assert message(embed(folder, *options, checkpoint="pixels:16")) == (
        f"Error: model: pixels:16 cannot take images of {sides} pixels: "
        "It compares squares of 16 pixels. Choose another size or resize.\n"
    )
