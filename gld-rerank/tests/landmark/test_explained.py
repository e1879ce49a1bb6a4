"""gld-rerank landmark --explain: who voted for what, and which images share it."""

import numpy as np
import polars as pl
import pytest
from gld_shared.store import open_store, write_store
from gld_shared.tables import LIST, write_table
from gld_shared.testing import run

COUNT = 36
ATTRIBUTES = {"checkpoint": {"path": "random:none", "sha256": "0"}, "history": []}


@pytest.fixture
def files(tmp_path):
    """A query and an index of three images around three landmarks of 12 references each."""
    random = np.random.default_rng(0)
    centres = np.eye(8)[:3]

    def store(name, ids, landmarks):
        vectors = centres[landmarks] + 0.05 * random.normal(size=(len(ids), 8))
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return write_store(tmp_path / name, ids, vectors, ATTRIBUTES, dtype="float32")

    queries = store("q.zarr", ["a"], [1])
    index = store("i.zarr", ["x0", "x1", "x2"], [0, 1, 2])
    ids = [f"r{row:02}" for row in range(COUNT)]
    labels = np.repeat([4, 5, 6], 12)
    reference = store("r.zarr", ids, labels - 4)
    rows = pl.DataFrame(
        {
            "id": ids,
            "path": [f"{name}.jpg" for name in ids],
            "label": labels,
            "landmark": [["tower", "bridge", ""][label - 4] for label in labels],
            "country": [["FR", "GB", ""][label - 4] for label in labels],
        }
    )
    write_table(tmp_path / "l.tsv", LIST, rows, {"history": []})
    table = tmp_path / "n.tsv"
    assert run(["gld-search", queries, "--index", index, "-o", table]).exit_code == 0
    return [
        "gld-rerank",
        "landmark",
        table,
        "--reference",
        reference,
        "--labels",
        tmp_path / "l.tsv",
    ]


def test_votes_shares_and_tags_are_shown(files, tmp_path):
    result = run([*files, "--explain", "a"])
    assert result.exit_code == 0, result.stderr
    votes, landmarks, countries, head, *rows = result.stdout.splitlines()
    assert votes.startswith("votes: r") and votes.count("(0.") == 3
    assert landmarks == "landmarks: 5 bridge (1.0000)"
    assert countries == "countries: GB (1.0000)"
    assert head.split() == [
        "rank", "index_id", "score", "was", "moved", "score_was", "similarity", "landmark",
        "landmark_share", "country", "country_share",
    ]  # fmt: skip
    query, images = (
        open_store(tmp_path / f"{name}.zarr").read([0, 1, 2][:n])
        for name, n in (("q", 1), ("i", 3))
    )
    near = (images @ query[0]).tolist()
    assert rows[0].split() == [
        "1", "x1", f"{near[1] + 1.1:.4f}", "1", "0", f"{near[1]:.4f}", f"{near[1]:.4f}",
        "5", "bridge", "1.0000", "GB", "1.0000",
    ]  # fmt: skip
    of_tower = next(row.split() for row in rows if " x0 " in row)
    assert of_tower[6:] == [f"{near[0]:.4f}", "4", "tower", "-", "FR", "-"]
    of_third = next(row.split() for row in rows if " x2 " in row)
    assert of_third[6:] == [f"{near[2]:.4f}", "6", "-", "-", "-"]


def test_what_is_explained_is_what_is_written(files):
    explained = run([*files, "--votes", "raw", "--vote", "30", "--explain", "a"]).stdout
    written = run([*files, "--votes", "raw", "--vote", "30"]).stdout.splitlines()[2:]
    rows = [row.split()[:3] for row in explained.splitlines()[4:]]
    assert [(name, float(score)) for _, name, score in rows] == [
        (row.split("\t")[1], pytest.approx(float(row.split("\t")[3]), abs=1e-4)) for row in written
    ]


def test_images_that_come_first(files):
    result = run([*files, "--order", "landmark", "--explain", "a"])
    _, landmarks, _, head, *rows = result.stdout.splitlines()
    assert landmarks == "landmarks: 5 bridge (1.0000)"
    assert head.split()[-1] == "comes_first"
    found = [(row.split()[1], row.split()[-1]) for row in rows]
    assert found[0] == ("x1", "yes")
    assert sorted(found[1:]) == [("x0", "no"), ("x2", "no")]


def test_the_reference_that_an_image_of_the_expansion_resembles(files, tmp_path):
    result = run([*files, "--order", "expansion", "--explain", "a"])
    _, _, _, head, *rows = result.stdout.splitlines()
    assert head.split()[-3:] == ["comes_first", "most_alike", "alike"]
    of_bridge = open_store(tmp_path / "r.zarr").read(slice(12, 24)).astype(float)
    images = open_store(tmp_path / "i.zarr").read(slice(0, 3)).astype(float)
    similar = images @ of_bridge.T
    for row in rows:
        place = int(row.split()[1][1])
        best = int(np.argmax(similar[place]))
        assert row.split()[-3:] == [
            "yes" if place == 1 else "no", f"r{12 + best}", f"{similar[place, best]:.4f}",
        ]  # fmt: skip
