"""Any folder of images as a list."""

import os

import pytest
from gld_shared.tables import read_list
from gld_shared.testing import run


def touch(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    return folder


def rows_of(*arguments):
    result = run(["gld-lists", "folder", *arguments])
    assert result.exit_code == 0, result.output
    return [line.split("\t") for line in result.stdout.splitlines()[1:]]


def test_paths_in_order_and_ids_without_suffix(tmp_path):
    touch(tmp_path, "b/två.PNG", "a photo.jpg", "b/c/1.jpeg", "日本.webp", "B.jpg")
    assert rows_of(tmp_path) == [
        ["id", "path"],
        ["B", "B.jpg"],
        ["a photo", "a photo.jpg"],
        ["b/c/1", "b/c/1.jpeg"],
        ["b/två", "b/två.PNG"],
        ["日本", "日本.webp"],
    ]


def test_ids_keep_the_suffix_where_they_would_clash(tmp_path):
    touch(tmp_path, "x.jpg", "x.png", "y.jpg")
    assert [row[0] for row in rows_of(tmp_path)[1:]] == ["x.jpg", "x.png", "y"]


def test_ids_are_whole_paths_where_that_would_clash_too(tmp_path):
    touch(tmp_path, "x.jpg", "x.png", "x.jpg.png")
    assert [row[0] for row in rows_of(tmp_path)[1:]] == ["x.jpg", "x.jpg.png", "x.png"]


def test_labels_from_folders(tmp_path):
    touch(tmp_path, "Rome/1.jpg", "Eiffel Tower/night/2.jpg", "Eiffel Tower/1.jpg", "loose.jpg")
    assert rows_of(tmp_path, "--labels-from-folders") == [
        ["id", "path", "label", "landmark"],
        ["Eiffel Tower/1", "Eiffel Tower/1.jpg", "0", "Eiffel Tower"],
        ["Eiffel Tower/night/2", "Eiffel Tower/night/2.jpg", "0", "Eiffel Tower"],
        ["Rome/1", "Rome/1.jpg", "1", "Rome"],
        ["loose", "loose.jpg", "", ""],
    ]


@pytest.mark.parametrize(
    "table",
    [
        "path,landmark\nb/2.jpg,Rome\na/1.jpg,Athens\n",
        'landmark,id,note\nRome,b/2,"x, y"\nAthens,a/1,\n',
    ],
)
def test_labels_from_a_file(tmp_path, table):
    photos = touch(tmp_path / "photos", "a/1.jpg", "b/2.jpg", "c/3.jpg")
    labels = tmp_path / "labels.csv"
    labels.write_text(table)
    assert rows_of(photos, "--labels", labels)[1:] == [
        ["a/1", "a/1.jpg", "0", "Athens"],
        ["b/2", "b/2.jpg", "1", "Rome"],
        ["c/3", "c/3.jpg", "", ""],
    ]


def test_a_file_of_labels_that_fits_nothing(tmp_path):
    photos = touch(tmp_path / "photos", "a/1.jpg")
    labels = tmp_path / "labels.csv"
    labels.write_text("path,landmark\n1.jpg,Rome\n")
    result = run(["gld-lists", "folder", photos, "--labels", labels])
    assert result.exit_code == 1
    assert result.stderr == (
        f"Error: {labels}: names none of the images; expected in path values such as a/1.jpg\n"
    )
    labels.write_text("file,landmark\n1.jpg,Rome\n")
    result = run(["gld-lists", "folder", photos, "--labels", labels])
    assert result.stderr == (
        f"Error: {labels}:1: columns are file,landmark, expected landmark and either path or id\n"
    )


def test_a_file_of_labels_that_is_not_text(tmp_path):
    photos = touch(tmp_path / "photos", "a/1.jpg")
    labels = tmp_path / "labels.csv"
    labels.write_bytes(b"path,landmark\na/1.jpg,Caf\xe9\n")
    result = run(["gld-lists", "folder", photos, "--labels", labels])
    assert result.exit_code == 1
    assert result.stderr == f"Error: {labels}:2: not UTF-8 text; save it as UTF-8\n"


def test_two_sources_of_labels_are_a_usage_error(tmp_path):
    result = run(["gld-lists", "folder", tmp_path, "--labels-from-folders", "--labels", "l.csv"])
    assert result.exit_code == 2
    assert result.stderr.endswith(
        "Error: --labels and --labels-from-folders exclude each other; give one\n"
    )


def test_other_and_hidden_files_are_passed_over(tmp_path):
    touch(tmp_path, "1.jpg", "notes.txt", ".thumb.jpg", ".cache/2.jpg")
    result = run(["gld-lists", "folder", tmp_path, "-o", tmp_path / "list.tsv"])
    assert result.exit_code == 0
    assert result.stderr == f"gld-lists: {tmp_path}: 1 other files passed over\n"
    assert read_list(tmp_path / "list.tsv").rows.rows() == [("1", "1.jpg")]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("empty", "no images; expected files that end in .jpg .jpeg "),
        ("none", "not a folder; expected one that holds images"),
    ],
)
def test_a_folder_without_images(tmp_path, name, message):
    (tmp_path / "empty").mkdir()
    result = run(["gld-lists", "folder", tmp_path / name])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"Error: {tmp_path / name}: {message}")


def test_a_name_that_is_not_text(tmp_path):
    path = os.fsencode(tmp_path) + b"/caf\xe9.jpg"
    with open(path, "wb"):  # noqa: PTH123  (pathlib refuses bytes)
        pass
    result = run(["gld-lists", "folder", tmp_path])
    assert result.exit_code == 1
    assert result.stderr == (
        "Error: 'caf\\udce9.jpg': the name is not UTF-8, as a list must be; rename it\n"
    )


def test_a_name_with_a_tab(tmp_path):
    touch(tmp_path, "a\tb.jpg")
    result = run(["gld-lists", "folder", tmp_path, "-o", tmp_path / "l.tsv"])
    assert result.exit_code == 1
    assert result.stderr == (
        f"Error: {tmp_path}/l.tsv: id 'a\\tb' holds a tab or a line break, which a table cannot; "
        "rename it\n"
    )
    assert not (tmp_path / "l.tsv").exists()
