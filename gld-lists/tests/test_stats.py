"""gld-lists stats: counts of images and landmarks in lists."""

import polars as pl
from gld_lists.stats import statistics
from gld_shared.tables import LIST, write_table
from gld_shared.testing import run


def saved(path, rows):
    write_table(path, LIST, rows, {"history": []})
    return path


def test_stats_of_a_list_and_its_continents(tmp_path, landmark_list):
    path = saved(
        tmp_path / "l.tsv", landmark_list([1, 3, 8], ["Asia", "Asia", "Europe"], unlabelled=2)
    )
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


def test_an_image_of_two_landmarks_counts_once():
    rows = pl.DataFrame({"id": ["a", "a", "b"], "path": ["a", "a", "b"], "label": [0, 1, 1]})
    (row,) = statistics(rows, "l.tsv").rows(named=True)
    assert (row["images"], row["landmarks"], row["most"], row["clean_share"]) == (2, 2, 2, None)


def test_stats_of_a_list_without_labels(tmp_path, landmark_list):
    path = saved(tmp_path / "l.tsv", landmark_list([], unlabelled=3).select("id", "path"))
    result = run(["gld-lists", "stats", path])
    assert result.stdout.splitlines()[2] == f"{path}\tall\t\t3\t3\t0" + "\t" * 7


def test_the_plot_is_a_png_with_the_same_bytes_each_time(tmp_path, landmark_list):
    path = saved(tmp_path / "l.tsv", landmark_list([1, 2, 2, 9]))
    for name in ("a.png", "b.png"):
        assert run(["gld-lists", "stats", path, path, "--plot", tmp_path / name]).exit_code == 0
    first, second = ((tmp_path / name).read_bytes() for name in ("a.png", "b.png"))
    assert first.startswith(b"\x89PNG")
    assert first == second
