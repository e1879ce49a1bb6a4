"""The competition's index and the images that it lacks."""

import errno
import os

import pytest
from gld_lists.gldv2.competition_index import expanded_index
from gld_shared.errors import DataError
from gld_shared.tables import read_list
from gld_shared.testing import run
from hypothesis import given
from hypothesis import strategies as st

SOLUTION = "id,images,Usage\nq1,fff2 abc1,Public\nq2,eee3,Ignored\nq3,ddd4 fff2,Private\n"
EXPANDED = [
    ("bcd5", "index/b/c/d/bcd5.jpg"),
    ("abc1", "index/a/b/c/abc1.jpg"),
    ("fff2", "index/f/f/f/fff2.jpg"),
    ("ddd4", "index/d/d/d/ddd4.jpg"),
]


@pytest.fixture
def raw(tmp_path):
    (tmp_path / "raw" / "test").mkdir(parents=True)
    (tmp_path / "raw" / "test" / "retrieval_solution_v2.1.csv").write_text(SOLUTION)
    return tmp_path / "raw"


def a_csv(tmp_path, text="id,landmark_id\nbcd5,1\nabc1,2\n"):
    path = tmp_path / "index.csv"
    path.write_text(text)
    return path


def a_folder(tmp_path, *names):
    folder = tmp_path / "kaggle"
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def test_the_missing_images_follow_in_the_order_of_the_solution(raw, tmp_path):
    solution = raw / "test" / "retrieval_solution_v2.1.csv"
    assert expanded_index(a_csv(tmp_path), solution).rows() == EXPANDED


def test_a_folder_of_images_is_taken_in_order_of_path(raw, tmp_path):
    folder = a_folder(tmp_path, "b/c/d/bcd5.jpg", "a/b/c/abc1.jpg", "notes.txt")
    rows = expanded_index(folder, raw / "test" / "retrieval_solution_v2.1.csv").rows()
    assert rows == [EXPANDED[1], EXPANDED[0], *EXPANDED[2:]]


ids = st.integers(0, 40).map(lambda number: f"{number:03x}")


@given(st.lists(ids, min_size=1, unique=True), st.lists(st.lists(ids, min_size=1), min_size=1))
def test_equals_a_loop(tmp_path_factory, competition, answers):
    folder = tmp_path_factory.mktemp("expand")
    path = a_csv(folder, "id\n" + "".join(f"{image}\n" for image in competition))
    rows = [f"q{number},{' '.join(images)},Public\n" for number, images in enumerate(answers)]
    (folder / "solution.csv").write_text("id,images,Usage\n" + "".join(rows))
    slow = list(competition)
    for images in answers:
        for image in images:
            if image not in slow:
                slow.append(image)
    assert expanded_index(path, folder / "solution.csv")["id"].to_list() == slow


def test_the_command_writes_a_list(raw, tmp_path):
    target = tmp_path / "expanded.tsv"
    competition = a_csv(tmp_path)
    arguments = ["gld-lists", "expand", raw, "--competition", competition, "-o", target, "-v"]
    result = run(arguments)
    assert (result.exit_code, result.stdout) == (0, ""), result.output
    assert result.stderr == "gld-lists: 2 images of the competition, 2 added\n"
    table = read_list(target)
    assert table.rows.rows() == EXPANDED
    (step,) = table.history
    assert step["arguments"] == ["expand", str(raw), "--competition", str(competition)]
    assert [file["path"] for file in step["inputs"]] == [
        str(competition),
        f"{raw}/test/retrieval_solution_v2.1.csv",
    ]


def test_images_of_a_folder_are_not_read_for_the_history(raw, tmp_path):
    folder = a_folder(tmp_path, "a/b/c/abc1.jpg")
    target = tmp_path / "expanded.tsv"
    assert run(["gld-lists", "expand", raw, "--competition", folder, "-o", target]).exit_code == 0
    (step,) = read_list(target).history
    assert len(step["inputs"]) == 1


def refusal(raw, competition):
    with pytest.raises(DataError) as error:
        expanded_index(competition, raw / "test" / "retrieval_solution_v2.1.csv")
    return str(error.value)


def test_an_image_that_appears_twice_is_an_error(raw, tmp_path):
    path = a_csv(tmp_path, "id\nbcd5\nabc1\nbcd5\n")
    assert refusal(raw, path) == (
        f"{path}:4: image bcd5 appears twice, first on line 2; "
        "expected each once, keep one of the lines"
    )
    folder = a_folder(tmp_path, "a/abc1.jpg", "b/abc1.jpg")
    assert refusal(raw, folder) == (
        f"{folder}/b/abc1.jpg: image abc1 appears twice, first at {folder}/a/abc1.jpg; "
        "expected each once, keep one of the files"
    )


def test_names_that_no_list_can_hold(raw, tmp_path):
    folder = a_folder(tmp_path, "a/b/c/abc1.jpg", "caf\udce9/1.jpg", "a/\udce9.jpg")
    assert refusal(raw, folder) == (
        f"{folder}: names that a list cannot hold, since they are not UTF-8 or hold a tab or a "
        r"line break: a/\xe9.jpg, caf\xe9/1.jpg; rename them"
    )


def test_an_unreadable_folder_is_an_error(raw, tmp_path, monkeypatch):
    folder = a_folder(tmp_path, "a/b/c/abc1.jpg", "lost+found/1.jpg")
    scandir = os.scandir

    def refuse(path):
        if str(path) == f"{folder}/lost+found":
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert refusal(raw, folder) == (
        f"{folder}/lost+found: cannot be read: Permission denied; make it readable"
    )


def test_a_competition_without_images(raw, tmp_path):
    (tmp_path / "empty").mkdir()
    assert refusal(raw, tmp_path / "empty") == (
        f"{tmp_path}/empty: no images; expected the folder that holds 0/0/0/000....jpg and so on, "
        "or a CSV file with the column id"
    )
    assert refusal(raw, tmp_path / "none.csv") == (
        f"{tmp_path}/none.csv: missing; expected a CSV file with id"
    )
    path = a_csv(tmp_path, "bcd5\nabc1\n")
    assert refusal(raw, path) == (
        f"{path}:1: no column id in bcd5; expected id, as in the published file"
    )


def test_without_a_solution(tmp_path):
    result = run(["gld-lists", "expand", tmp_path, "--competition", a_csv(tmp_path), "-o", "x.tsv"])
    assert result.exit_code == 1
    assert result.stderr == (
        f"Error: {tmp_path}/test/retrieval_solution_v2.1.csv: missing; expected the folder that "
        "holds train/, index/ and test/ with the official CSV files\n"
    )
