"""gld-lists audit: test images that also appear in the training list."""

import polars as pl
import pytest
from gld_shared.testing import photographs, run
from PIL import Image, ImageEnhance

FOLDER = photographs()


def test_images_in_both_lists_are_found(photos, path_list, table_rows, hash_distance):
    train = path_list(photos / "train.tsv", "d.jpg", "a.jpg", "b.jpg")
    queries = path_list(photos / "queries.tsv", "c.jpg", "e.jpg")
    index = path_list(photos / "index.tsv", "d.jpg", "b.jpg")
    result = run(["gld-lists", "audit", train, queries, index, "--images", photos])
    near = str(hash_distance(photos / "a.jpg", photos / "c.jpg"))
    assert table_rows(result) == [
        ["list", "id", "train_id", "kind", "distance"],
        [str(queries), "c.jpg", "a.jpg", "near", near],
        [str(index), "d.jpg", "d.jpg", "same", "0"],
        [str(index), "b.jpg", "a.jpg", "same", "0"],
    ]
    assert result.exit_code == 1
    assert result.stderr == (
        f"Error: 3 images of {queries}, {index} are in {train} too (2 same, 1 near); "
        "leave them out of one or the other\n"
    )


def test_lists_without_common_images(photos, path_list):
    train = path_list(photos / "train.tsv", "a.jpg")
    other = path_list(photos / "other.tsv", "d.jpg", "e.jpg")
    result = run(["gld-lists", "audit", train, "--images", photos, "-v"], stdin=other.read_text())
    assert result.exit_code == 0
    assert result.stderr == f"gld-lists: 3 images: none is in {train} too\n"


def test_the_distance_decides_which_images_are_near(photos, path_list, hash_distance):
    bits = hash_distance(photos / "a.jpg", photos / "c.jpg")
    train = path_list(photos / "train.tsv", "a.jpg")
    other = path_list(photos / "other.tsv", "c.jpg")
    command = ["gld-lists", "audit", train, other, "--images", photos, "--distance"]
    assert run([*command, str(bits)]).exit_code == 1
    assert bits > 0
    assert run([*command, str(bits - 1)]).exit_code == 0


@pytest.mark.skipif(FOLDER is None, reason="GLD_DATA does not name the folder of photographs")
def test_real_photographs_are_near_their_altered_copies_only(tmp_path, path_list, table_rows):
    images = FOLDER / "monuments" / "images"
    paths = sorted(path.relative_to(images).as_posix() for path in images.rglob("*.jpg"))[::8]
    (tmp_path / "old").symlink_to(images)
    for path in paths:
        picture = Image.open(images / path).convert("RGB")
        picture = ImageEnhance.Brightness(picture.resize((240, 180))).enhance(1.1)
        (tmp_path / "new" / path).parent.mkdir(parents=True, exist_ok=True)
        picture.save(tmp_path / "new" / path, quality=60)
    train = path_list(tmp_path / "train.tsv", *(f"old/{path}" for path in paths))
    other = path_list(tmp_path / "other.tsv", *(f"new/{path}" for path in paths))
    result = run(["gld-lists", "audit", train, other, "--images", tmp_path])
    pairs = pl.DataFrame(table_rows(result)[1:], orient="row", schema=table_rows(result)[0])
    right = pairs["id"].str.strip_prefix("new/") == pairs["train_id"].str.strip_prefix("old/")
    assert right.all()
    assert pairs.height > 0.9 * len(paths)
