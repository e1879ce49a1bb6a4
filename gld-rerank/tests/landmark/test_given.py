"""Tags and graphs from files give the same bytes as searches on the way, whatever they lack."""

import numpy as np
import polars as pl
import pytest
from gld_shared.store import write_store
from gld_shared.tables import LIST, read_list, write_table
from gld_shared.testing import run

INDEX = [f"x{row:02}" for row in range(50)]
REFERENCES = [f"r{row:02}" for row in range(90)]


def store(path, ids, seed, checkpoint="none"):
    """Write vectors around ten points; some are equal."""
    random = np.random.default_rng(seed)
    centres = np.random.default_rng(99).normal(size=(10, 8))
    vectors = centres[random.integers(0, 10, len(ids))] + 0.5 * random.normal(size=(len(ids), 8))
    vectors[random.integers(0, len(ids), len(ids) // 5)] = vectors[0]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    attributes = {"checkpoint": {"path": checkpoint, "sha256": checkpoint}, "history": []}
    return write_store(path, ids, vectors.astype(np.float32), attributes, dtype="float32")


@pytest.fixture
def inputs(tmp_path):
    """Queries, an index and references of two networks, and a list in which labels are missing.

    The second network's queries and index are in another order, and some references are images of
    the index. A query is a reference too.
    """
    ids = [*REFERENCES[:-10], *INDEX[:10]]
    made = []
    queries = [["a", "r03", "c"], ["c", "more", "a", "r03"]]
    for number, order in enumerate((INDEX, INDEX[::-1])):
        name = str(number)
        made.append(
            {
                "queries": store(tmp_path / f"q{name}.zarr", queries[number], 1 + number, name),
                "index": store(tmp_path / f"i{name}.zarr", order, 11 + number, name),
                "reference": store(tmp_path / f"r{name}.zarr", ids, 21 + number, name),
            }
        )
    random = np.random.default_rng(5)
    labels = random.integers(0, 6, len(ids))
    rows = pl.DataFrame(
        {
            "id": ids,
            "path": ids,
            "label": [None if row % 3 == 0 else int(label) for row, label in enumerate(labels)],
            "country": [["FR", "GB", ""][label % 3] for label in labels],
        },
        schema_overrides={"label": pl.Int64},
    )
    write_table(tmp_path / "l.tsv", LIST, rows, {"history": []})
    return made, tmp_path / "l.tsv"


@pytest.mark.parametrize("networks", [1, 2])
@pytest.mark.parametrize("form", ["tsv", "zarr"])
@pytest.mark.parametrize("votes", ["fused", "raw"])
def test_tags_and_graphs_change_no_byte_where_labels_are_missing(
    inputs, tmp_path, networks, form, votes
):
    made, labels = inputs
    table, given, options = tmp_path / "n.tsv", [], ["--labels", labels, "--votes", votes]
    search = ["gld-search", "-o", table]
    for number, stores in enumerate(made[:networks]):
        index, reference = stores["index"], stores["reference"]
        queries = stores["queries"]
        search += [queries, "--index", index]
        options += ["--reference", reference]
        names = ("tags", "query-tags", "graph")
        tags, query_tags, graph = (tmp_path / f"{name}{number}.{form}" for name in names)
        for images, *line in (
            (index, "--keep-self", "-k", "1", "-o", tags),
            (queries, "--keep-self", "-k", "30", "-o", query_tags),
            (reference, "-k", "30", "-o", graph),
        ):
            assert run(["gld-search", images, "--index", reference, *line]).exit_code == 0
        given += ["--tags", tags, "--query-tags", query_tags]
        given += ["--graph", graph] if votes == "fused" else []
    assert run(search).exit_code == 0
    command = ["gld-rerank", "landmark", table, *options, "-k", "50"]
    computed, read = run(command), run([*command, *given])
    assert computed.exit_code == read.exit_code == 0, read.stderr
    assert read.stdout.splitlines()[1:] == computed.stdout.splitlines()[1:]
    assert len(read.stdout.splitlines()) == 2 + 3 * 50


def test_query_tags_save_the_search_of_the_references(inputs, tmp_path, monkeypatch):
    made, labels = inputs
    queries, index, reference = made[0].values()
    rows = read_list(labels).rows.with_columns(label=pl.col("label").fill_null(7))
    write_table(labels, LIST, rows, {"history": []})
    table, tags = tmp_path / "n.tsv", tmp_path / "t.zarr"
    assert run(["gld-search", queries, "--index", index, "-o", table]).exit_code == 0
    search = ["gld-search", queries, "--index", reference, "--keep-self", "-k", "30", "-o", tags]
    assert run(search).exit_code == 0
    command = ["gld-rerank", "landmark", table, "--reference", reference, "--labels", labels]
    searched = run(command)

    def search_again(*_):
        raise AssertionError

    monkeypatch.setattr("gld_rerank.landmark.voting.topk", search_again)
    monkeypatch.setattr("gld_rerank.landmark.given.query_tags.topk", search_again)
    assert run(command).exit_code == 1
    read = run([*command, "--query-tags", tags])
    assert read.exit_code == 0, read.stderr
    assert read.stdout.splitlines()[1:] == searched.stdout.splitlines()[1:]


@pytest.mark.parametrize(
    ("options", "code"),
    [("--order votes", 1), ("--order expansion", 0), ("--order expansion --votes index", 1)],
)
def test_tags_are_searched_for_where_they_are_wanted(inputs, tmp_path, monkeypatch, options, code):
    made, labels = inputs
    queries, index, reference = made[0].values()
    table = tmp_path / "n.tsv"
    assert run(["gld-search", queries, "--index", index, "-o", table]).exit_code == 0
    command = ["gld-rerank", "landmark", table, "--reference", reference, "--labels", labels]

    def search(*_):
        raise AssertionError

    monkeypatch.setattr("gld_rerank.landmark.networks.search_nearest", search)
    assert run([*command, *options.split()]).exit_code == code


@pytest.mark.parametrize(("option", "k"), [("--tags", 1), ("--query-tags", 30)])
def test_tags_that_left_out_an_images_own_reference_are_refused(inputs, tmp_path, option, k):
    made, labels = inputs
    queries, index, reference = made[0].values()
    table, tags = tmp_path / "n.tsv", tmp_path / "t.tsv"
    assert run(["gld-search", queries, "--index", index, "-o", table]).exit_code == 0
    images = index if option == "--tags" else queries
    assert run(["gld-search", images, "--index", reference, "-k", k, "-o", tags]).exit_code == 0
    options = ["--reference", reference, "--labels", labels, option, tags]
    result = run(["gld-rerank", "landmark", table, *options])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f"Error: {tags}: was made without --keep-self, but the stores share ids; make another by "
        f"gld-search {images} --index {reference} --keep-self -k {k} -o X.zarr\n"
    )


def test_query_tags_with_too_few_references_are_refused(inputs, tmp_path):
    made, labels = inputs
    queries, index, reference = made[0].values()
    table, tags = tmp_path / "n.tsv", tmp_path / "t.zarr"
    assert run(["gld-search", queries, "--index", index, "-o", table]).exit_code == 0
    search = ["gld-search", queries, "--index", reference, "--keep-self", "-k", "29", "-o", tags]
    assert run(search).exit_code == 0
    options = ["--reference", reference, "--labels", labels, "--query-tags", tags]
    result = run(["gld-rerank", "landmark", table, *options])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f"Error: {tags}: has 29 neighbours of each image, expected 30; make another by "
        f"gld-search {queries} --index {reference} --keep-self -k 30 -o X.zarr\n"
    )


def test_an_error_of_the_list_comes_before_those_of_the_files(inputs, tmp_path):
    made, labels = inputs
    queries, index, reference = made[0].values()
    table, other = tmp_path / "n.tsv", tmp_path / "other.tsv"
    assert run(["gld-search", queries, "--index", index, "-o", table]).exit_code == 0
    other.write_text("id\tpath\tlabel\tcountry\nx\tx.jpg\t0\tFR\n")
    command = ["gld-rerank", "landmark", table, "--reference", reference, "--graph", "no.zarr"]
    assert run([*command, "--labels", other]).stderr == (
        f"Error: {other}: 'r00' of {reference} is not in the list (90 such); give the list that "
        "the store was made from\n"
    )
    assert run([*command, "--labels", labels]).stderr == (
        "Error: no.zarr: not found; expected neighbours made by gld-search or gld-rerank\n"
    )
