"""Compact lists of images, expanded to a list's columns block by block."""

import polars as pl
import pytest
from gld_lists.gldv2 import lists_in_blocks
from gld_lists.gldv2.google import LIST_NAMES, google_lists, google_tables
from gld_lists.gldv2.lists_in_blocks import ImageList, Images

PLACES = pl.DataFrame({"label": [7, None], "landmark": ["Rome", "?"], "country": ["IT", ""]})


def images(folder, ids):
    rows = pl.DataFrame({"id": ids, "place": [row % 2 for row in range(len(ids))], "clean": 1})
    return Images(
        folder, rows.cast({"id": pl.String, "place": pl.UInt32, "clean": pl.Int8}), PLACES
    )


@pytest.mark.parametrize("block_rows", [1, 2, 100])
def test_a_list_is_the_same_for_any_block_size(monkeypatch, block_rows):
    monkeypatch.setattr(lists_in_blocks, "_BLOCK_ROWS", block_rows)
    listed = ImageList((images("train", ["abcd", "bcde", "cdef"]), images("index", ["defa"])))
    assert listed.height == 4
    assert listed.frame().rows() == [
        ("abcd", "train/a/b/c/abcd.jpg", 7, "Rome", 1, "IT"),
        ("bcde", "train/b/c/d/bcde.jpg", None, "?", 1, ""),
        ("cdef", "train/c/d/e/cdef.jpg", 7, "Rome", 1, "IT"),
        ("defa", "index/d/e/f/defa.jpg", 7, "Rome", 1, "IT"),
    ]


def test_images_are_filtered_by_place():
    kept = images("train", ["abcd", "bcde", "cdef"]).filter(pl.Series([True, False]))
    assert kept.rows["id"].to_list() == ["abcd", "cdef"]


def test_an_empty_list_has_its_columns():
    assert ImageList((images("train", []),)).frame().columns == [
        *("id", "path", "label", "landmark", "clean", "country")
    ]


def test_an_index_without_landmarks_of_train(tree):
    path = tree / "index" / "index_label_to_category.csv"
    path.write_text(path.read_text().replace("Category:", "Category:No_"))
    lists = google_lists(tree)
    assert lists["index-train"].equals(lists["full"])
    assert lists["index"]["label"].is_null().all()
    ignored = lists["all"][lists["full"].height :]
    assert set(ignored["landmark"]) == {""}


def test_lists_share_their_parts(tree):
    tables = google_tables(tree)
    assert tables["all"].parts[:-1] == tables["index-train"].parts
    assert tables["index-train"].parts[:-1] == tables["full"].parts
    lists = google_lists(tree)
    assert all(tables[name].height == lists[name].height for name in LIST_NAMES)
