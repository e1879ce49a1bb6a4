"""The command landmark: what it writes, and what it refuses."""

import numpy as np
import polars as pl
import pytest
from gld_shared.store import open_store, write_store
from gld_shared.tables import LIST, read_list, read_neighbours, write_table
from gld_shared.testing import run, small_list, small_store

IDS = [f"i{position:02}" for position in range(40)]


def test_brings_in_the_whole_index(tmp_path, stores_and_neighbours):
    _, index, table = stores_and_neighbours
    labels = small_list(tmp_path / "l.tsv", IDS)
    command = ["gld-rerank", "landmark", table, "--reference", index, "--labels", labels]
    result = run([*command, "-k", "40", "-o", tmp_path / "out.tsv"])
    assert result.exit_code == 0, result.stderr
    rows = read_neighbours(tmp_path / "out.tsv").rows
    assert sorted(rows["index_id"].to_list()) == IDS
    # All images are of one country here, which adds beta; landmarks add their shares.
    assert rows["score"][0] > 0.1


def without_countries(tmp_path, country=None):
    """A list without countries, or with another one, null for none, for all images."""
    rows = read_list(small_list(tmp_path / "l.tsv", IDS)).rows.drop("country")
    if country is not None:
        rows = rows.with_columns(country=pl.lit(country))
    write_table(tmp_path / "bare.tsv", LIST, rows, {})
    return tmp_path / "bare.tsv"


def test_without_countries_counts_landmarks_if_told_to(tmp_path, stores_and_neighbours):
    _, index, table = stores_and_neighbours
    bare = without_countries(tmp_path)
    command = ["gld-rerank", "landmark", table, "--reference", index, "-k", "40", "--beta", "0"]
    plain, without = (run([*command, "--labels", labels]) for labels in (bare, tmp_path / "l.tsv"))
    assert plain.exit_code == without.exit_code == 0, plain.stderr
    assert plain.stdout.splitlines()[1:] == without.stdout.splitlines()[1:]
    assert plain.stderr == ""


@pytest.mark.parametrize(
    ("country", "fault"), [(None, "no column country"), ("", "column country is empty")]
)
def test_it_refuses_a_list_without_countries_if_they_count(
    tmp_path, stores_and_neighbours, country, fault
):
    _, index, table = stores_and_neighbours
    bare = without_countries(tmp_path, country)
    result = run(["gld-rerank", "landmark", table, "--reference", index, "--labels", bare])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f"Error: {bare}: {fault}, so countries cannot vote; give a list with countries, or "
        "--beta 0 to count landmarks only\n"
    )


def test_says_that_labels_are_missing_before_countries(tmp_path, stores_and_neighbours):
    _, index, table = stores_and_neighbours
    bare = tmp_path / "bare.tsv"
    rows = read_list(small_list(tmp_path / "l.tsv", IDS)).rows
    write_table(bare, LIST, rows.select("id", "path"), {})
    result = run(["gld-rerank", "landmark", table, "--reference", index, "--labels", bare])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f"Error: {bare}: no column label; expected a list of labelled images\n"
    )


def test_it_refuses_references_without_a_label(tmp_path, stores_and_neighbours):
    _, index, table = stores_and_neighbours
    bare = tmp_path / "bare.tsv"
    rows = read_list(small_list(tmp_path / "l.tsv", IDS)).rows
    write_table(bare, LIST, rows.with_columns(label=pl.lit(None, dtype=pl.Int64)), {})
    result = run(["gld-rerank", "landmark", table, "--reference", index, "--labels", bare])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f"Error: {bare}: none of the 40 images of {index} has a label; "
        "expected labelled references\n"
    )


@pytest.mark.parametrize("options", [[], ["--votes", "raw", "--vote", "30"]])
def test_it_refuses_too_few_references(tmp_path, stores_and_neighbours, options):
    _, _, table = stores_and_neighbours
    reference = small_store(tmp_path / "r.zarr", IDS[:29])
    labels = small_list(tmp_path / "l.tsv", IDS[:29])
    command = ["gld-rerank", "landmark", table, "--reference", reference, "--labels", labels]
    result = run([*command, *options])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f"Error: {reference}: 29 labelled references, expected at least 30; give a larger "
        "--reference, or --votes raw, which needs no more than --vote\n"
    )


def test_it_refuses_an_empty_reference(tmp_path, stores_and_neighbours):
    _, _, table = stores_and_neighbours
    reference = write_store(
        tmp_path / "r.zarr",
        [],
        np.empty((0, 8), np.float32),
        {"checkpoint": {"path": "random:none", "sha256": "0"}, "history": []},
        dtype="float32",
    )
    labels = small_list(tmp_path / "l.tsv", IDS)
    command = ["gld-rerank", "landmark", table, "--reference", reference, "--labels", labels]
    result = run(command)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (f"Error: {reference}: holds no images; expected labelled references\n")


def test_needs_as_many_references_tags_and_graphs_as_networks(tmp_path, stores_and_neighbours):
    _, index, table = stores_and_neighbours
    labels = small_list(tmp_path / "l.tsv", IDS)
    command = ["gld-rerank", "landmark", table, "--labels", labels, "--reference", index]
    for option in ("--reference", "--tags", "--query-tags", "--graph"):
        given = [option, index] * (1 if option == "--reference" else 2)
        result = run([*command, *given])
        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr == (
            f"Error: 2 {option} and 1 index stores in {table}; "
            "expected one for each, in the same order\n"
        )


@pytest.mark.parametrize("option", ["--tags", "--query-tags", "--graph"])
def test_it_refuses_tags_and_graphs_of_other_stores(tmp_path, stores_and_neighbours, option):
    queries, index, table = stores_and_neighbours
    labels, other = small_list(tmp_path / "l.tsv", IDS), small_store(tmp_path / "o.zarr", IDS)
    given = tmp_path / "given.tsv"
    assert run(["gld-search", other, "--index", other, "-k", "30", "-o", given]).exit_code == 0
    command = ["gld-rerank", "landmark", table, "--reference", index, "--labels", labels]
    result = run([*command, option, given])
    assert (result.exit_code, result.stdout) == (1, "")
    images = queries if option == "--query-tags" else index
    ours, theirs = (open_store(store).sha256[:12] for store in (images, other))
    remedy = {
        "--tags": "--keep-self -k 1",
        "--query-tags": "--keep-self -k 30",
        "--graph": "-k 30",
    }[option]
    assert result.stderr == (
        f"Error: {given}: has the queries {other} ({theirs}), expected {images} ({ours}); "
        f"make another by gld-search {images} --index {index} {remedy} -o X.zarr\n"
    )


def test_it_refuses_a_list_without_labels(tmp_path, stores_and_neighbours):
    _, index, table = stores_and_neighbours
    bare = tmp_path / "bare.tsv"
    write_table(bare, LIST, read_list(small_list(tmp_path / "l.tsv", IDS)).rows.drop("label"), {})
    result = run(["gld-rerank", "landmark", table, "--reference", index, "--labels", bare])
    assert (result.exit_code, result.stderr) == (
        1,
        f"Error: {bare}: no column label; expected a list of labelled images\n",
    )


def test_it_refuses_a_list_without_the_references(tmp_path, stores_and_neighbours):
    _, index, table = stores_and_neighbours
    labels = small_list(tmp_path / "l.tsv", IDS[:30])
    result = run(["gld-rerank", "landmark", table, "--reference", index, "--labels", labels])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f"Error: {labels}: 'i30' of {index} is not in the list (10 such); give the list that the "
        "store was made from\n"
    )
