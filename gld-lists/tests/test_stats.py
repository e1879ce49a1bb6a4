"""gld-lists stats and sample: what a list holds, and a smaller one of the same shape."""

import polars as pl
import pytest
from gld_lists.sample import sample_list
from gld_lists.stats import statistics
from gld_shared.errors import DataError
from gld_shared.tables import LIST, read_list, write_table
from gld_shared.testing import run
from hypothesis import given
from hypothesis import strategies as st


def listed(sizes, continents=None, unlabelled=0):
    """A list with so many images of each landmark; every second image is clean."""
    labels = [label for label, size in enumerate(sizes) for _ in range(size)]
    labels += [None] * unlabelled
    ids = [f"image{position}" for position in range(len(labels))]
    columns = {
        "id": ids,
        "path": [f"{one}.jpg" for one in ids],
        "label": labels,
        "landmark": ["" if label is None else f"place {label}" for label in labels],
        "clean": [position % 2 for position in range(len(labels))],
    }
    if continents:
        columns["continent"] = ["" if label is None else continents[label] for label in labels]
    return pl.DataFrame(columns, schema_overrides={"label": pl.Int64, "clean": pl.Int8})


def saved(path, rows):
    write_table(path, LIST, rows, {"history": []})
    return path


def test_stats_of_a_list_and_its_continents(tmp_path):
    path = saved(tmp_path / "l.tsv", listed([1, 3, 8], ["Asia", "Asia", "Europe"], unlabelled=2))
    result = run(["gld-lists", "stats", path])
    assert result.exit_code == 0, result.stderr
    assert [line.split("\t") for line in result.stdout.splitlines()[1:]] == [
        ["list", "by", "name", "images", "unlabelled", "landmarks", "clean_share", "fewest",
         "lower_quartile", "median", "upper_quartile", "percentile_99", "most"],
        [str(path), "all", "", "14", "2", "3", "0.5", "1", "3", "3", "8", "8", "8"],
        [str(path), "continent", "Europe", "8", "0", "1", "0.5", "8", "8", "8", "8", "8", "8"],
        [str(path), "continent", "Asia", "4", "0", "2", "0.5", "1", "1", "3", "3", "3", "3"],
        [str(path), "continent", "", "2", "2", "0", "0.5", "", "", "", "", "", ""],
    ]  # fmt: skip


def test_an_image_of_two_landmarks_is_one_image():
    rows = pl.DataFrame({"id": ["a", "a", "b"], "path": ["a", "a", "b"], "label": [0, 1, 1]})
    (row,) = statistics(rows, "l.tsv").rows(named=True)
    assert (row["images"], row["landmarks"], row["most"], row["clean_share"]) == (2, 2, 2, None)


def test_stats_of_a_list_without_labels(tmp_path):
    path = saved(tmp_path / "l.tsv", listed([], unlabelled=3).select("id", "path"))
    result = run(["gld-lists", "stats", path])
    assert result.stdout.splitlines()[2] == f"{path}\tall\t\t3\t3\t0" + "\t" * 7


def test_the_plot_is_a_picture_and_the_same_one_each_time(tmp_path):
    path = saved(tmp_path / "l.tsv", listed([1, 2, 2, 9]))
    for name in ("a.png", "b.png"):
        assert run(["gld-lists", "stats", path, path, "--plot", tmp_path / name]).exit_code == 0
    first, second = ((tmp_path / name).read_bytes() for name in ("a.png", "b.png"))
    assert first.startswith(b"\x89PNG")
    assert first == second


@given(
    st.lists(st.integers(1, 20), min_size=20, max_size=80),
    st.sampled_from([0.1, 0.25, 0.5, 1.0]),
    st.integers(0, 3),
)
def test_a_sample_keeps_the_shares(sizes, share, seed):
    continents = [["Asia", "Europe"][size % 2] for size in sizes]
    rows = listed(sizes, continents)
    sampled = sample_list(rows, share, seed)
    names = sampled["landmark"].unique()
    assert len(names) == max(1, round(share * len(sizes)))
    whole = rows.filter(pl.col("landmark").is_in(names.implode()))
    assert sampled.drop("label").equals(whole.drop("label")), "all images, in the list's order"
    assert sorted(sampled["label"].unique()) == list(range(len(names)))
    for continent in set(continents):
        chosen = sampled.filter(pl.col("continent") == continent)["landmark"].n_unique()
        assert abs(chosen - share * continents.count(continent)) < 2
        small = [size for size, place in zip(sizes, continents, strict=True) if place == continent]
        taken = sampled.filter(pl.col("continent") == continent).group_by("landmark").len()["len"]
        below = sum(size <= 10 for size in small)
        assert abs(int((taken <= 10).sum()) - share * below) < 3


def test_a_sample_is_the_seeds(tmp_path):
    path = saved(tmp_path / "l.tsv", listed([3] * 50))
    first, again, other = (
        run(["gld-lists", "sample", path, "--share", "0.2", "--seed", seed]).stdout
        for seed in ("0", "0", "1")
    )
    assert first == again
    assert first.splitlines()[2:] != other.splitlines()[2:]


def test_a_sample_of_a_list_without_labels_is_of_images(tmp_path):
    path = saved(tmp_path / "l.tsv", listed([], unlabelled=400).select("id", "path"))
    result = run(["gld-lists", "sample", path, "--share", "0.25", "-o", tmp_path / "s.tsv"])
    assert result.exit_code == 0, result.stderr
    assert 60 < read_list(tmp_path / "s.tsv").rows.height < 140


def test_an_empty_sample_says_so():
    with pytest.raises(DataError) as error:
        sample_list(listed([], unlabelled=2), 0.0001)
    assert str(error.value) == "the sample is empty: 0.0001 of 2 images; ask for more"
