"""gld-lists folder: a list of the images in any folder."""

import os
from unicodedata import normalize

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


def test_ids_are_paths_where_ids_with_suffixes_clash_too(tmp_path):
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


def test_two_sources_of_labels_are_a_usage_error(tmp_path):
    result = run(["gld-lists", "folder", tmp_path, "--labels-from-folders", "--labels", "l.csv"])
    assert result.exit_code == 2
    assert result.stderr.endswith(
        "Error: --labels and --labels-from-folders exclude each other; give one\n"
    )


def test_suffixes_in_any_case(tmp_path):
    names = ["1.JPG", "2.Jpeg", "3.HEIC", "4.heif", "5.TIFF", "6.avif", "7.jfif", "8.GIF", "9.bmp"]
    assert [row[1] for row in rows_of(touch(tmp_path, *names))[1:]] == names


def test_accents_are_kept_composed_or_decomposed(tmp_path):
    composed, decomposed = (normalize(form, "é.jpg") for form in ("NFC", "NFD"))
    touch(tmp_path, composed, decomposed)
    assert [row[1] for row in rows_of(tmp_path)[1:]] == [decomposed, composed]


def test_links_are_followed(tmp_path):
    elsewhere = touch(tmp_path / "elsewhere", "deep/1.jpg", "2.jpg")
    photos = touch(tmp_path / "photos", "0.jpg")
    (photos / "album").symlink_to(elsewhere)
    (photos / "again").symlink_to(elsewhere / "deep")
    (photos / "one.jpg").symlink_to(elsewhere / "2.jpg")
    assert [row[1] for row in rows_of(photos)[1:]] == [
        *("0.jpg", "again/1.jpg", "album/2.jpg", "album/deep/1.jpg", "one.jpg"),
    ]


def test_cyclic_and_broken_links_are_skipped(tmp_path):
    touch(tmp_path, "a/b/1.jpg", "c/2.jpg")
    (tmp_path / "a/b/up").symlink_to(tmp_path)
    (tmp_path / "a/b/c").symlink_to(tmp_path / "c")
    (tmp_path / "c/b").symlink_to(tmp_path / "a/b")
    (tmp_path / "gone.jpg").symlink_to(tmp_path / "no file")
    (tmp_path / "self.jpg").symlink_to(tmp_path / "self.jpg")
    result = run(["gld-lists", "folder", tmp_path])
    assert [line.split("\t")[1] for line in result.stdout.splitlines()[2:]] == [
        *("a/b/1.jpg", "a/b/c/2.jpg", "c/2.jpg", "c/b/1.jpg"),
    ]
    broken = "not a file, or a broken link: skipped"
    cyclic = "a link to a folder that contains it: not followed"
    assert sorted(result.stderr.splitlines()) == [
        f"gld-lists: {tmp_path}/a/b/c/b: {cyclic}",
        f"gld-lists: {tmp_path}/a/b/up: {cyclic}",
        f"gld-lists: {tmp_path}/c/b/c: {cyclic}",
        f"gld-lists: {tmp_path}/c/b/up: {cyclic}",
        f"gld-lists: {tmp_path}/gone.jpg: {broken}",
        f"gld-lists: {tmp_path}/self.jpg: {broken}",
    ]


def test_a_pipe_with_the_name_of_an_image_is_skipped(tmp_path):
    touch(tmp_path, "1.jpg")
    os.mkfifo(tmp_path / "pipe.jpg")
    result = run(["gld-lists", "folder", tmp_path])
    assert result.stdout.splitlines()[2:] == ["1\t1.jpg"]
    assert result.stderr == (
        f"gld-lists: {tmp_path}/pipe.jpg: not a file, or a broken link: skipped\n"
    )


def test_other_and_hidden_files_are_skipped(tmp_path):
    touch(tmp_path, "1.jpg", "notes.txt", ".thumb.jpg", ".cache/2.jpg")
    result = run(["gld-lists", "folder", tmp_path, "-o", tmp_path / "list.tsv"])
    assert result.exit_code == 0
    assert result.stderr == f"gld-lists: {tmp_path}: 1 other files skipped\n"
    assert read_list(tmp_path / "list.tsv").rows.rows() == [("1", "1.jpg")]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("empty", "no images; expected files that end in .jpg .jpeg "),
        ("none", "not a folder; expected a folder of images"),
    ],
)
def test_a_folder_without_images(tmp_path, name, message):
    (tmp_path / "empty").mkdir()
    result = run(["gld-lists", "folder", tmp_path / name])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"Error: {tmp_path / name}: {message}")


def test_a_name_that_is_not_utf_8(tmp_path):
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
