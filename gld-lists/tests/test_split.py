"""gld-lists split: train, queries and index from a labelled list."""

import polars as pl
import pytest
from gld_lists.split import split_list
from gld_shared.errors import DataError
from gld_shared.tables import LIST, read_list, read_truth, write_table
from gld_shared.testing import run
from hypothesis import given
from hypothesis import strategies as st


def labelled(sizes, unlabelled=0):
    """Make a list of landmarks with these numbers of images."""
    labels = [label for label, size in enumerate(sizes) for _ in range(size)]
    labels += [None] * unlabelled
    ids = [f"image{position}" for position in range(len(labels))]
    return pl.DataFrame(
        {"id": ids, "path": [f"{image}.jpg" for image in ids], "label": labels},
        schema_overrides={"label": pl.Int64},
    )


def ids(tables):
    return {name: set(tables[name]["id"]) for name in ("train", "queries", "index")}


def test_by_image_keeps_every_landmark_in_train():
    tables = split_list(labelled([10, 10, 10]), "image", queries=2, share=0.5)
    assert [tables[name].height for name in ("train", "queries", "index")] == [15, 6, 9]
    assert tables["train"]["label"].unique().sort().to_list() == [0, 1, 2]
    assert tables["truth"].height == 3 * 2 * 3


def test_by_landmark_keeps_landmarks_apart():
    rows = labelled([4] * 10).with_columns(landmark=pl.format("place {}", "label"))
    tables = split_list(rows, "landmark", queries=1, share=0.3)
    names = {name: set(tables[name]["landmark"]) for name in ("train", "queries", "index")}
    assert len(names["train"]) == 7
    assert names["queries"] == names["index"]
    assert not names["train"] & names["index"]
    assert tables["train"]["label"].unique().sort().to_list() == list(range(7))
    assert tables["index"]["label"].unique().sort().to_list() == [7, 8, 9]


@pytest.mark.parametrize("by", ["image", "landmark"])
def test_everything_held_out_leaves_nothing_to_train_on(by):
    tables = split_list(labelled([3, 1], unlabelled=2), by, share=1.0)
    assert [tables[name].height for name in ("train", "queries", "index")] == [0, 1, 5]


def test_a_landmark_with_one_held_out_image_has_no_query():
    tables = split_list(labelled([6, 2, 1]), "image", share=0.5)
    assert tables["queries"]["label"].to_list() == [0]
    assert tables["train"]["label"].to_list() == [0, 0, 0, 1, 1, 2]


@given(
    st.lists(st.integers(2, 9), min_size=2, max_size=8),
    st.sampled_from(["image", "landmark"]),
    st.integers(1, 3),
    st.integers(0, 3),
)
def test_no_image_is_lost_or_used_twice(sizes, by, queries, seed):
    rows = labelled(sizes, unlabelled=1)
    tables = split_list(rows, by, queries, share=1.0, seed=seed)
    parts = ids(tables)
    assert sum(len(part) for part in parts.values()) == rows.height
    assert set().union(*parts.values()) == set(rows["id"])
    assert "ignored" not in set(tables["truth"]["usage"])
    assert set(tables["truth"]["query_id"]) == parts["queries"]


def test_the_seed_decides_and_the_order_of_rows_does_not():
    rows = labelled([20, 20])
    first = ids(split_list(rows, seed=0))
    assert ids(split_list(rows.reverse(), seed=0)) == first
    assert ids(split_list(rows, seed=1)) != first


def test_an_image_with_two_labels_stays_in_one_part():
    rows = pl.concat([labelled([6, 6]), labelled([6]).with_columns(label=pl.lit(1, pl.Int64))])
    parts = ids(split_list(rows, "image"))
    assert sum(len(part) for part in parts.values()) == 12


def test_rows_keep_their_other_columns_and_order():
    rows = labelled([6, 6]).with_columns(country=pl.lit("FR"))
    train = split_list(rows)["train"]
    assert train.columns == ["id", "path", "label", "country"]
    assert train["label"].to_list() == sorted(train["label"])


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            labelled([3]).drop("label"),
            "the list has no labels; gld-lists google or folder --labels-from-folders makes one",
        ),
        (
            labelled([1, 1]),
            "no queries: no landmark has two held-out images; hold out more, or add images",
        ),
    ],
)
def test_lists_that_cannot_be_split(rows, message):
    with pytest.raises(DataError) as error:
        split_list(rows)
    assert str(error.value) == message


def test_the_command(tmp_path):
    rows = labelled([8, 8])
    write_table(tmp_path / "all.tsv", LIST, rows, {"history": []})
    target = tmp_path / "lists"
    arguments = ["gld-lists", "split", "--queries", "2", "--seed", "3", "-o", target]
    result = run([*arguments, tmp_path / "all.tsv"])
    assert (result.exit_code, result.stdout) == (0, f"{target}\n")
    assert sorted(path.name for path in target.iterdir()) == [
        *("index.tsv", "queries.tsv", "train.tsv", "truth.tsv")
    ]
    table = read_list(target / "train.tsv")
    assert table.rows.equals(split_list(rows, queries=2, seed=3)["train"])
    assert table.history[-1]["arguments"] == [
        *("split", str(tmp_path / "all.tsv"), "--queries", "2", "--seed", "3")
    ]
    assert set(read_truth(target / "truth.tsv").rows["usage"]) == {"all"}
    piped = run([*arguments], stdin=(tmp_path / "all.tsv").read_bytes())
    assert piped.exit_code == 0
    assert read_list(target / "train.tsv").rows.equals(table.rows)


def test_landmarks_of_few_images_are_left_out(tmp_path):
    write_table(tmp_path / "all.tsv", LIST, labelled([5, 2, 1, 4], unlabelled=1), {})
    lists = tmp_path / "lists"
    result = run(["gld-lists", "split", tmp_path / "all.tsv", "--min-images", "4", "-o", lists])
    assert result.stderr == (
        "gld-lists: 2 of 4 landmarks left out, with 3 of 13 images: fewer than 4 each\n"
    )
    tables = {name: read_list(lists / f"{name}.tsv").rows for name in ("train", "queries", "index")}
    assert sum(len(part) for part in ids(tables).values()) == 5 + 4 + 1
    assert tables["train"]["label"].unique().sort().to_list() == [0, 1]


def test_no_landmark_has_enough_images(tmp_path):
    with pytest.raises(DataError) as error:
        split_list(labelled([2, 3]), min_images=4)
    assert str(error.value) == "no landmark has 4 images or more; ask for fewer with --min-images"
