"""Integer keys of image ids, and lists that are made wide block by block."""

import polars as pl
import pytest
from gld_lists.gldv2 import image_lists as imagelists
from gld_lists.gldv2.google import LIST_NAMES, google_lists, google_tables
from gld_lists.gldv2.image_keys import image_keys
from gld_lists.gldv2.image_lists import ImageList, Images
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("ids", "integers"),
    [
        (["00000000000000ff", "ffffffffffffffff"], [255, 2**64 - 1]),
        (["00000000000000ff", "00000000000000FF"], None),
        (["00000000000000ff", "+0000000000000ff"], None),
        (["00000000000000ff", "ff"], None),
        (["00000000000000ff", "000000000000000gg"], None),
        (["photo 1", "Straße"], None),
        (["00000000000000ff\n"], None),
    ],
)
def test_ids_of_16_hexadecimal_digits_become_integers(ids, integers):
    assert image_keys(pl.Series(ids)).to_list() == (integers or ids)


digits = st.text("01aF+", min_size=15, max_size=17)


@given(st.lists(digits, min_size=1))
def test_keys_are_as_different_as_the_ids(ids):
    assert image_keys(pl.Series(ids)).n_unique() == len(set(ids))


PLACES = pl.DataFrame({"label": [7, None], "landmark": ["Rome", "?"], "country": ["IT", ""]})


def images(folder, ids):
    rows = pl.DataFrame({"id": ids, "place": [row % 2 for row in range(len(ids))], "clean": 1})
    return Images(
        folder, rows.cast({"id": pl.String, "place": pl.UInt32, "clean": pl.Int8}), PLACES
    )


@pytest.mark.parametrize("block_rows", [1, 2, 100])
def test_a_list_is_its_parts_whatever_the_block(monkeypatch, block_rows):
    monkeypatch.setattr(imagelists, "_BLOCK_ROWS", block_rows)
    listed = ImageList((images("train", ["abcd", "bcde", "cdef"]), images("index", ["defa"])))
    assert listed.height == 4
    assert listed.frame().rows() == [
        ("abcd", "train/a/b/c/abcd.jpg", 7, "Rome", 1, "IT"),
        ("bcde", "train/b/c/d/bcde.jpg", None, "?", 1, ""),
        ("cdef", "train/c/d/e/cdef.jpg", 7, "Rome", 1, "IT"),
        ("defa", "index/d/e/f/defa.jpg", 7, "Rome", 1, "IT"),
    ]


def test_images_of_some_places():
    kept = images("train", ["abcd", "bcde", "cdef"]).filter(pl.Series([True, False]))
    assert kept.rows["id"].to_list() == ["abcd", "cdef"]


def test_an_empty_list_has_its_columns():
    assert ImageList((images("train", []),)).frame().columns == [
        *("id", "path", "label", "landmark", "clean", "country")
    ]


def test_an_index_without_a_landmark_of_train(tree):
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
