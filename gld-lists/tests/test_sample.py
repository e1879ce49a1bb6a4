"""gld-lists sample: a smaller list with the same proportions."""

import polars as pl
import pytest
from gld_lists.sample import sample_list
from gld_shared.errors import DataError
from gld_shared.tables import LIST, read_list, write_table
from gld_shared.testing import run
from hypothesis import given
from hypothesis import strategies as st


def saved(path, rows):
    write_table(path, LIST, rows, {"history": []})
    return path


@given(
    st.lists(st.integers(1, 20), min_size=20, max_size=80),
    st.sampled_from([0.1, 0.25, 0.5, 1.0]),
    st.integers(0, 3),
)
def test_a_sample_keeps_the_shares(landmark_list, sizes, share, seed):
    continents = [["Asia", "Europe"][size % 2] for size in sizes]
    rows = landmark_list(sizes, continents)
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


def test_the_seed_decides_the_sample(tmp_path, landmark_list):
    path = saved(tmp_path / "l.tsv", landmark_list([3] * 50))
    first, again, other = (
        run(["gld-lists", "sample", path, "--share", "0.2", "--seed", seed]).stdout
        for seed in ("0", "0", "1")
    )
    assert first == again
    assert first.splitlines()[2:] != other.splitlines()[2:]


def test_without_labels_images_are_sampled(tmp_path, landmark_list):
    path = saved(tmp_path / "l.tsv", landmark_list([], unlabelled=400).select("id", "path"))
    result = run(["gld-lists", "sample", path, "--share", "0.25", "-o", tmp_path / "s.tsv"])
    assert result.exit_code == 0, result.stderr
    assert 60 < read_list(tmp_path / "s.tsv").rows.height < 140


def test_an_empty_sample_is_an_error(landmark_list):
    with pytest.raises(DataError) as error:
        sample_list(landmark_list([], unlabelled=2), 0.0001)
    assert str(error.value) == "the sample is empty: 0.0001 of 2 images; ask for more"
