import pickle
from pathlib import Path

import numpy as np
import pytest
from gld_eval.ground_truth.revisitop import read_ground_truth, write_lists
from gld_shared.errors import DataError
from gld_shared.tables import read_list
from gld_shared.testing import run

OFFICIAL_FORM = {
    "imlist": ["all_souls_000013", "christ_church_000179", "oxford_003410"],
    "qimlist": ["all_souls_1", "oxford_2"],
    "gnd": [
        {"bbx": [136.5, 34.1, 648.5, 955.7], "easy": [0], "hard": [2], "junk": [1]},
        {"bbx": np.array([0, 0, 10, 20]), "easy": np.array([]), "hard": [], "junk": []},
    ],
}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def saved(value) -> str:
    Path("gnd.pkl").write_bytes(pickle.dumps(value, 2))
    return "gnd.pkl"


def test_names_pairs_and_boxes_are_read():
    found = read_ground_truth(saved(OFFICIAL_FORM))
    assert found.truth.rows.rows() == [
        ("all_souls_1", "all_souls_000013", "all", "easy"),
        ("all_souls_1", "oxford_003410", "all", "hard"),
        ("all_souls_1", "christ_church_000179", "all", "junk"),
        ("oxford_2", "", "ignored", ""),
    ]
    assert found.query_list().rows() == [
        ("all_souls_1", "all_souls_1.jpg", 136.5, 34.1, 648.5, 955.7),
        ("oxford_2", "oxford_2.jpg", 0.0, 0.0, 10.0, 20.0),
    ]
    assert found.image_list().rows()[0] == ("all_souls_000013", "all_souls_000013.jpg")


def test_the_lists_of_queries_and_images_are_written():
    write_lists(saved(OFFICIAL_FORM), "queries.tsv", "index.tsv")
    queries, index = read_list("queries.tsv"), read_list("index.tsv")
    assert queries.rows.columns == ["id", "path", "x0", "y0", "x1", "y1"]
    assert index.rows["path"].to_list()[2] == "oxford_003410.jpg"
    assert index.history[0]["inputs"][0]["path"] == "gnd.pkl"


def test_the_command_scores_by_the_file_itself():
    saved(OFFICIAL_FORM)
    ranking = (
        "query_id\tindex_id\trank\tscore\n"
        "all_souls_1\tchrist_church_000179\t1\t0.9\n"
        "all_souls_1\tdistractor_000001\t2\t0.8\n"
        "all_souls_1\tall_souls_000013\t3\t0.7\n"
        "oxford_2\tall_souls_000013\t1\t0.7\n"
    )
    result = run(["gld-eval", "--truth", "gnd.pkl", "-m", "revisitop-easy-map"], stdin=ranking)
    header, names, row = result.stdout.splitlines()
    assert '"protocol": "revisitop"' in header
    assert names.startswith("metric\tusage\tvalue")
    assert row.startswith("revisitop-easy-map\tall\t0.25")
    assert '{"path": "gnd.pkl", "sha256": ' in header


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda it: [],
            "gnd.pkl: the whole: list, expected a dict, as in gnd_roxford5k.pkl of revisited "
            "Oxford and Paris",
        ),
        (
            lambda it: {**it, "imlist": None},
            "gnd.pkl: imlist: missing, expected a list of names, as in gnd_roxford5k.pkl of "
            "revisited Oxford and Paris",
        ),
        (
            lambda it: {**it, "qimlist": ["all_souls_1", 2]},
            "gnd.pkl: qimlist[1]: int, expected a name, as in gnd_roxford5k.pkl of revisited "
            "Oxford and Paris",
        ),
        (
            lambda it: {**it, "qimlist": ["all_souls_1", "\ud800"]},
            "gnd.pkl: qimlist[1]: '\\ud800' has half of a surrogate pair, expected a name that "
            "UTF-8 can hold",
        ),
        (
            lambda it: {**it, "gnd": it["gnd"][:1]},
            "gnd.pkl: gnd has 1 entries and qimlist 2",
        ),
        (
            lambda it: {**it, "gnd": [{"ok": [1], "junk": []}, it["gnd"][1]]},
            "gnd.pkl: gnd[0].easy: missing; expected easy, hard and junk for each query",
        ),
        (
            lambda it: {**it, "gnd": [it["gnd"][0], {"bbx": [0, 0, 1, 1], "easy": [], "hard": []}]},
            "gnd.pkl: gnd[1].junk: missing; expected easy, hard and junk for each query",
        ),
        (
            lambda it: {**it, "gnd": [it["gnd"][0], {**it["gnd"][1], "hard": [[1], [2, 3]]}]},
            "gnd.pkl: gnd[1].hard: expected a list of positions in imlist",
        ),
        (
            lambda it: {**it, "gnd": [it["gnd"][0], {**it["gnd"][1], "hard": [0.5]}]},
            "gnd.pkl: gnd[1].hard: expected a list of positions in imlist",
        ),
        (
            lambda it: {**it, "gnd": [it["gnd"][0], {**it["gnd"][1], "junk": [0, 3]}]},
            "gnd.pkl: gnd[1].junk: position 3, expected 0 to 2 of imlist",
        ),
        (
            lambda it: {**it, "gnd": [it["gnd"][0], {**it["gnd"][1], "bbx": [1, 2, 3]}]},
            "gnd.pkl: gnd[1].bbx: expected four numbers, left, top, right and bottom",
        ),
    ],
)
def test_a_file_of_another_form_is_named_by_its_key(change, message):
    with pytest.raises(DataError) as caught:
        read_ground_truth(saved(change(OFFICIAL_FORM)))
    assert str(caught.value) == message


def test_a_huge_file_is_not_read_to_its_end():
    with Path("gnd.pkl").open("wb") as stream:
        stream.truncate(20 << 30)
    with pytest.raises(DataError) as caught:
        read_ground_truth("gnd.pkl")
    assert str(caught.value) == (
        "gnd.pkl: over 67,108,864 bytes, expected a ground truth file such as gnd_roxford5k.pkl, "
        "of less than one megabyte"
    )
