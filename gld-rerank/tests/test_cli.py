import shutil

import numpy as np
import polars as pl
import pytest
from gld_shared.store import open_store, write_store
from gld_shared.tables import LIST, read_list, read_neighbours, write_table
from gld_shared.testing import run, small_list, small_neighbours, small_store

IDS = [f"i{position:02}" for position in range(40)]


def stores_and_neighbours(tmp_path):
    queries = small_store(tmp_path / "q.zarr", ["a", "b"], seed=1)
    index = small_store(tmp_path / "i.zarr", IDS, seed=2)
    return queries, index, small_neighbours(tmp_path / "n.tsv", queries, index, IDS[:5])


def test_bare_rerank_is_expand_and_equals_numpy(tmp_path):
    queries, index, table = stores_and_neighbours(tmp_path)
    named = run(["gld-rerank", "expand", table, "--top", "3", "-k", "10"])
    bare = run(["gld-rerank", "--top", "3", "-k", "10"], table.read_text())
    assert named.exit_code == bare.exit_code == 0, bare.stderr
    assert named.stdout.splitlines()[1:] == bare.stdout.splitlines()[1:]
    (tmp_path / "out.tsv").write_text(named.stdout)
    q, x = open_store(queries).read([0])[0], open_store(index).read(slice(0, 40))
    # The weights are similarities, not the scores of the table.
    scores = np.clip(x[:3] @ q, 0, None)
    q = q + (scores[:, None] ** 3 * x[:3]).sum(axis=0)
    expected = -np.sort(-(x @ (q / np.linalg.norm(q))))[:10]
    found = read_neighbours(tmp_path / "out.tsv").rows["score"].to_numpy()
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize("score", ["inf", "1e36", "-5"])
def test_expand_takes_scores_of_any_size(tmp_path, score):
    *_, table = stores_and_neighbours(tmp_path)
    plain = run(["gld-rerank", "expand", table]).stdout.splitlines()
    head, names, *rows = table.read_text().splitlines()
    rows = [f"{row.rpartition(chr(9))[0]}\t{score}" for row in rows]
    table.write_text("\n".join([head, names, *rows, ""]))
    result = run(["gld-rerank", "expand", table, "--alpha", "1000"])
    assert (result.exit_code, result.stderr) == (0, "")
    assert run(["gld-rerank", "expand", table]).stdout.splitlines()[1:] == plain[1:]


def test_landmark_brings_in_the_whole_index(tmp_path):
    _, index, table = stores_and_neighbours(tmp_path)
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


def test_landmark_without_countries_counts_landmarks_if_told_to(tmp_path):
    _, index, table = stores_and_neighbours(tmp_path)
    bare = without_countries(tmp_path)
    command = ["gld-rerank", "landmark", table, "--reference", index, "-k", "40", "--beta", "0"]
    plain, without = (run([*command, "--labels", labels]) for labels in (bare, tmp_path / "l.tsv"))
    assert plain.exit_code == without.exit_code == 0, plain.stderr
    assert plain.stdout.splitlines()[1:] == without.stdout.splitlines()[1:]
    assert plain.stderr == ""


@pytest.mark.parametrize(
    ("country", "fault"), [(None, "no column country"), ("", "column country is empty")]
)
def test_landmark_refuses_a_list_without_countries_if_they_count(tmp_path, country, fault):
    _, index, table = stores_and_neighbours(tmp_path)
    bare = without_countries(tmp_path, country)
    result = run(["gld-rerank", "landmark", table, "--reference", index, "--labels", bare])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f"Error: {bare}: {fault}, so countries cannot vote; give a list with countries, or "
        "--beta 0 to count landmarks only\n"
    )


def test_landmark_says_that_labels_are_missing_before_countries(tmp_path):
    _, index, table = stores_and_neighbours(tmp_path)
    bare = tmp_path / "bare.tsv"
    rows = read_list(small_list(tmp_path / "l.tsv", IDS)).rows
    write_table(bare, LIST, rows.select("id", "path"), {})
    result = run(["gld-rerank", "landmark", table, "--reference", index, "--labels", bare])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f"Error: {bare}: no column label; expected a list of labelled images\n"
    )


def test_landmark_refuses_references_without_a_label(tmp_path):
    _, index, table = stores_and_neighbours(tmp_path)
    bare = tmp_path / "bare.tsv"
    rows = read_list(small_list(tmp_path / "l.tsv", IDS)).rows
    write_table(bare, LIST, rows.with_columns(label=pl.lit(None, dtype=pl.Int64)), {})
    result = run(["gld-rerank", "landmark", table, "--reference", index, "--labels", bare])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f"Error: {bare}: none of the 40 images of {index} has a label; "
        "expected labelled references\n"
    )


@pytest.mark.parametrize(("options", "least"), [([], 30), (["--votes", "raw", "--vote", "30"], 30)])
def test_landmark_refuses_too_few_references(tmp_path, options, least):
    _, _, table = stores_and_neighbours(tmp_path)
    reference = small_store(tmp_path / "r.zarr", IDS[:29])
    labels = small_list(tmp_path / "l.tsv", IDS[:29])
    command = ["gld-rerank", "landmark", table, "--reference", reference, "--labels", labels]
    result = run([*command, *options])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f"Error: {reference}: 29 labelled references, expected at least {least}; give a larger "
        "--reference\n"
    )


def test_landmark_refuses_an_empty_reference(tmp_path):
    _, _, table = stores_and_neighbours(tmp_path)
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


def test_landmark_needs_as_many_references_tags_and_graphs_as_networks(tmp_path):
    _, index, table = stores_and_neighbours(tmp_path)
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
def test_landmark_refuses_tags_and_graphs_of_other_stores(tmp_path, option):
    queries, index, table = stores_and_neighbours(tmp_path)
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


def test_landmark_refuses_a_list_without_labels(tmp_path):
    _, index, table = stores_and_neighbours(tmp_path)
    bare = tmp_path / "bare.tsv"
    write_table(bare, LIST, read_list(small_list(tmp_path / "l.tsv", IDS)).rows.drop("label"), {})
    result = run(["gld-rerank", "landmark", table, "--reference", index, "--labels", bare])
    assert (result.exit_code, result.stderr) == (
        1,
        f"Error: {bare}: no column label; expected a list of labelled images\n",
    )


def test_landmark_refuses_a_list_without_the_references(tmp_path):
    _, index, table = stores_and_neighbours(tmp_path)
    labels = small_list(tmp_path / "l.tsv", IDS[:30])
    result = run(["gld-rerank", "landmark", table, "--reference", index, "--labels", labels])
    assert result.exit_code == 1
    assert "'i30'" in result.stderr


@pytest.mark.parametrize(
    ("broken", "row"), [("queries", 0), ("index", 17), ("reference", 38), ("index", 39)]
)
@pytest.mark.parametrize(
    ("value", "fault"),
    [
        (np.nan, "its vector is not finite"),
        (0, "its vector has length 0, expected 1e-15 to 1e+15"),
    ],
)
def test_a_vector_without_a_length_is_named(tmp_path, broken, row, value, fault):
    ids = {"queries": ["a", "b"], "index": IDS, "reference": IDS}
    stores = {name: small_store(tmp_path / f"{name}.zarr", ids[name], seed=1) for name in ids}
    sound = open_store(stores[broken])
    vectors = sound.read(slice(0, sound.n))
    vectors[row] = value
    shutil.rmtree(stores[broken])
    write_store(stores[broken], ids[broken], vectors, sound.attributes, dtype="float32")
    table = small_neighbours(tmp_path / "n.tsv", stores["queries"], stores["index"], IDS[:5])
    labels = small_list(tmp_path / "l.tsv", IDS)
    landmark = ["landmark", table, "--reference", stores["reference"], "--labels", labels]
    for arguments in [landmark] if broken == "reference" else [landmark, ["expand", table]]:
        result = run(["gld-rerank", *arguments, "-o", tmp_path / "out.tsv"])
        assert result.exit_code == 1 and not (tmp_path / "out.tsv").exists()
        assert result.stderr == (
            f"Error: {stores[broken]}: row {row} (id {ids[broken][row]!r}): {fault}; "
            "restore the store from a copy, or embed again under another name\n"
        )
