"""gld-rerank labels: neighbours and labelled lists in, one landmark for each query out."""

import numpy as np
import polars as pl
import pytest
from gld_rerank import predict_landmarks
from gld_rerank.recognition.vote import elect
from gld_shared.store import open_store, write_store
from gld_shared.tables import LIST, NEIGHBOURS, PREDICTIONS, read_list, read_table, write_table
from gld_shared.testing import run, small_list, small_neighbours, small_store
from hypothesis import given
from hypothesis import strategies as st

IDS = [f"i{position}" for position in range(8)]
SCORES = st.sampled_from([-0.5, 0.25, 0.5, 0.75])
CANDIDATES = st.lists(st.tuples(SCORES, st.integers(-1, 2)), max_size=7)


def slow_election(candidates, voters):
    """Sum the scores of each label of (row, score, label) in a dictionary."""
    labelled = [each for each in candidates if each[2] >= 0]
    sums = {}
    for _, score, label in sorted(labelled, key=lambda each: (-each[1], each[0]))[:voters]:
        sums[label] = sums.get(label, 0.0) + score
    best = max(sums, key=sums.__getitem__, default=-1)
    return best, sums.get(best, 0.0)


@given(st.lists(CANDIDATES, min_size=1, max_size=4), st.integers(1, 4), st.randoms())
def test_the_elected_label_is_that_of_a_dictionary(queries, voters, random):
    width = max(1, *map(len, queries))
    rows = np.full((len(queries), width), -1, np.int64)
    scores, labels = np.zeros(rows.shape), np.full(rows.shape, -1, np.int64)
    expected = []
    for query, drawn in enumerate(queries):
        places = random.sample(range(100), len(drawn))
        candidates = [(row, *each) for row, each in zip(places, drawn, strict=True)]
        for place, (row, score, label) in enumerate(candidates):
            rows[query, place], scores[query, place], labels[query, place] = row, score, label
        expected.append(slow_election(candidates, voters))
    elected, sums = elect(rows, scores, labels, voters)
    assert list(zip(elected.tolist(), sums.tolist(), strict=True)) == expected


def stores_and_neighbours(tmp_path):
    queries = small_store(tmp_path / "q.zarr", ["a", "b"], seed=1)
    index = small_store(tmp_path / "i.zarr", IDS, seed=2)
    return queries, index, small_neighbours(tmp_path / "n.tsv", queries, index, IDS[:5])


def landmarks_list(path, landmarks):
    """Write a list in which each image has a landmark, or none."""
    rows = pl.DataFrame(
        {
            "id": IDS[: len(landmarks)],
            "path": [f"{name}.jpg" for name in IDS[: len(landmarks)]],
            "label": [None if name is None else len(name) for name in landmarks],
            "landmark": landmarks,
        },
        schema_overrides={"label": pl.Int64, "landmark": pl.String},
    )
    write_table(path, LIST, rows, {"history": []})
    return path


@pytest.mark.parametrize(
    ("vote", "expected"), [("1", ("ore", 0.9)), ("2", ("ore", 0.9)), ("3", ("tor", 1.0))]
)
def test_the_labelled_neighbours_vote(tmp_path, vote, expected):
    *_, table = stores_and_neighbours(tmp_path)
    # Neighbours i0 to i4 have scores 0.9, 0.7, 0.5, 0.3, 0.1; i2 has no landmark.
    listed = landmarks_list(tmp_path / "l.tsv", ["ore", "tor", None, "tor", "x", "y", "z", "z"])
    result = run(
        [
            "gld-rerank",
            "labels",
            table,
            "--labels",
            listed,
            "--vote",
            vote,
            "-o",
            tmp_path / "p.tsv",
        ]
    )
    assert result.exit_code == 0, result.stderr
    predictions = read_table(tmp_path / "p.tsv", PREDICTIONS)
    ((query, landmark, confidence),) = predictions.rows.rows()
    assert (query, landmark) == ("a", expected[0])
    assert confidence == pytest.approx(expected[1], abs=1e-6)
    assert [step["tool"] for step in predictions.history] == ["gld-rerank"]


def test_without_a_column_landmark_the_label_is_the_landmark(tmp_path):
    *_, table = stores_and_neighbours(tmp_path)
    listed = small_list(tmp_path / "l.tsv", IDS)  # two images a label
    result = run(["gld-rerank", "labels", table, "--labels", listed])
    assert result.stdout.splitlines()[1:] == ["query_id\tlandmark\tconfidence", "a\t0\t1.5999999"]


@pytest.mark.parametrize(
    ("labels", "landmarks", "expected"),
    [
        # The nearest are i0, i1, i2. Images without a landmark do not vote if others have one.
        ([7, 7, 7, 7, 8], ["", "tor", "", "tor", "x"], "tor"),
        ([None, None, None, 7, 7], ["ore", "ore", "tor", "x", "x"], "ore"),
        ([7, 8, 8, 9, 9], ["", "", "", "", ""], "8"),
    ],
)
def test_empty_cells_are_read_as_gld_eval_reads_the_truth(tmp_path, labels, landmarks, expected):
    *_, table = stores_and_neighbours(tmp_path)
    rows = pl.DataFrame(
        {"id": IDS[:5], "path": IDS[:5], "label": labels, "landmark": landmarks},
        schema_overrides={"label": pl.Int64},
    )
    write_table(tmp_path / "l.tsv", LIST, rows, {"history": []})
    options = ["--labels", tmp_path / "l.tsv", "-o", tmp_path / "p.tsv"]
    result = run(["gld-rerank", "labels", table, *options])
    assert result.exit_code == 0, result.stderr
    assert read_table(tmp_path / "p.tsv", PREDICTIONS).rows["landmark"].to_list() == [expected]


def test_a_list_without_any_landmark_is_refused(tmp_path):
    *_, table = stores_and_neighbours(tmp_path)
    listed = landmarks_list(tmp_path / "l.tsv", [None] * 5)
    result = run(["gld-rerank", "labels", table, "--labels", listed])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f"Error: {listed}: no landmark and no label; expected a list of labelled images\n"
    )


def test_non_landmarks_lower_scores_and_confidence(tmp_path):
    queries, index, table = stores_and_neighbours(tmp_path)
    others = small_store(tmp_path / "o.zarr", [f"o{number}" for number in range(30)], seed=3)
    listed = landmarks_list(tmp_path / "l.tsv", ["u", "vw", "vw", "xyz", "u", "u", "u", "u"])
    result = run(
        [
            "gld-rerank",
            "labels",
            table,
            "--labels",
            listed,
            "--non-landmarks",
            others,
            "--vote",
            "2",
        ]
    )
    assert result.exit_code == 0, result.stderr
    q, x, o = (store.read(slice(0, store.n)) for store in map(open_store, (queries, index, others)))
    penalties = np.sort(x[:5] @ o.T, axis=1)[:, -5:].mean(axis=1)
    lowered = np.linspace(0.9, 0.1, 5) - penalties
    sums = {}
    for row in np.argsort(-lowered)[:2]:
        name = ["u", "vw", "vw", "xyz", "u"][row]
        sums[name] = sums.get(name, 0.0) + lowered[row]
    best = max(sums, key=sums.__getitem__)
    confidence = sums[best] - np.sort(q[0] @ o.T)[-10:].mean()
    (line,) = result.stdout.splitlines()[2:]
    query, landmark, found = line.split("\t")
    assert (query, landmark) == ("a", best)
    assert float(found) == pytest.approx(confidence, abs=1e-5)


def test_a_query_without_a_labelled_neighbour_has_no_prediction(tmp_path):
    *_, table = stores_and_neighbours(tmp_path)
    listed = landmarks_list(tmp_path / "l.tsv", [None] * 5 + ["x"] * 3)
    result = run(["gld-rerank", "labels", table, "--labels", listed])
    assert result.exit_code == 0, result.stderr
    assert result.stdout.splitlines()[1:] == ["query_id\tlandmark\tconfidence"]


@pytest.mark.parametrize(("was", "score"), [("0.9", "inf"), ("0.1", "-inf")])
def test_a_score_that_is_not_finite(tmp_path, was, score):
    *_, table = stores_and_neighbours(tmp_path)
    table.write_text(table.read_text().replace(f"\t{was}\n", f"\t{score}\n"))
    listed = landmarks_list(tmp_path / "l.tsv", ["x"] * 8)
    result = run(["gld-rerank", "labels", table, "--labels", listed])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f"Error: {table}: query 'a': score {score}, expected a finite number; search again\n"
    )


def test_the_largest_confidence(tmp_path):
    *_, table = stores_and_neighbours(tmp_path)
    table.write_text(table.read_text().replace("\t0.9\n", "\t3e38\n").replace("0.7", "2e38"))
    listed = landmarks_list(tmp_path / "l.tsv", ["x"] * 8)
    result = run(["gld-rerank", "labels", table, "--labels", listed])
    assert result.stdout.splitlines()[2:] == ["a\tx\t3.4028235e+38"]


def test_an_empty_table(tmp_path):
    _, _, table = stores_and_neighbours(tmp_path)
    header = table.read_text().splitlines()[0]
    table.write_text(f"{header}\n" + "\t".join(NEIGHBOURS.required) + "\n")
    listed = small_list(tmp_path / "l.tsv", IDS)
    result = run(["gld-rerank", "labels", table, "--labels", listed])
    assert (result.exit_code, result.stdout.splitlines()[1:]) == (
        0,
        ["query_id\tlandmark\tconfidence"],
    )


def test_the_function_yields_what_the_command_writes(tmp_path):
    *_, table = stores_and_neighbours(tmp_path)
    listed = small_list(tmp_path / "l.tsv", IDS)
    done = []
    (block,) = predict_landmarks(table, read_list(listed)).blocks(done.append)
    assert block.rows() == [("a", "0", pytest.approx(1.6))]
    assert done == [1]


@pytest.mark.parametrize(
    ("listed", "message"),
    [
        (IDS[:3], "{listed}: 'i3' of {index} is not in the list (2 such); give the list that the "
         "store was made from"),
        (None, "{listed}: no landmark and no label; expected a list of labelled images"),
    ],
)  # fmt: skip
def test_a_list_that_does_not_fit(tmp_path, listed, message):
    _, index, table = stores_and_neighbours(tmp_path)
    path = small_list(tmp_path / "l.tsv", listed or IDS)
    if listed is None:
        write_table(path, LIST, read_list(path).rows.drop("label"), {})
    result = run(["gld-rerank", "labels", table, "--labels", path])
    assert (result.exit_code, result.stderr) == (
        1,
        f"Error: {message.format(listed=path, index=index)}\n",
    )


def test_non_landmarks_that_do_not_fit(tmp_path):
    _, index, table = stores_and_neighbours(tmp_path)
    listed = small_list(tmp_path / "l.tsv", IDS)
    command = ["gld-rerank", "labels", table, "--labels", listed]
    both = run([*command, "--non-landmarks", index, "--non-landmarks", index])
    assert (both.exit_code, both.stderr) == (
        1,
        f"Error: 2 --non-landmarks and 1 index stores in {table}; expected one for each, in the "
        "same order\n",
    )
    attributes = {"checkpoint": {"path": "random:none", "sha256": "0"}, "history": []}
    empty = write_store(tmp_path / "e.zarr", [], np.zeros((0, 8)), attributes, dtype="float32")
    none = run([*command, "--non-landmarks", empty])
    assert (none.exit_code, none.stderr) == (
        1,
        f"Error: {empty}: holds no images; expected images without a landmark\n",
    )


def test_a_prediction_is_explained_by_its_votes(tmp_path):
    *_, table = stores_and_neighbours(tmp_path)
    labels = landmarks_list(tmp_path / "l.tsv", ["tower", None, "bridges", "bridges", "tower"])
    command = ["gld-rerank", "labels", table, "--labels", labels, "--explain", "a"]
    assert run(command).stdout.splitlines() == [
        "landmark: tower (0.9000)",
        "rank  index_id   score  penalty    vote  landmark",
        "   1  i0        0.9000   0.0000  0.9000  tower",
        "   2  i1        0.7000   0.0000       -  -",
        "   3  i2        0.5000   0.0000  0.5000  bridges",
        "   4  i3        0.3000   0.0000  0.3000  bridges",
        "   5  i4        0.1000   0.0000       -  tower",
    ]
    others = small_store(tmp_path / "none.zarr", ["x", "y"], seed=3)
    result = run([*command, "--non-landmarks", others])
    penalty = (open_store(tmp_path / "q.zarr").read([0]) @ open_store(others).read([0, 1]).T).mean()
    assert result.stdout.splitlines()[1] == (
        f"similarity to non-landmarks, subtracted from the votes: {penalty:.4f}"
    )
    again = run([*command[:-1], "z"])
    assert again.stderr == f"Error: {table}: no query 'z'; expected one of its 1, such as 'a'\n"


def test_a_query_without_a_vote_is_explained(tmp_path):
    *_, table = stores_and_neighbours(tmp_path)
    labels = landmarks_list(tmp_path / "l.tsv", [None] * 5 + ["x"])
    result = run(["gld-rerank", "labels", table, "--labels", labels, "--explain", "a"])
    assert result.stdout.startswith("landmark: none, since no neighbour has a label\nrank ")
