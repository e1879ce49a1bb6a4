"""gld-lists folder: a list of the images in any folder."""

import errno
import os
from pathlib import Path
from unicodedata import normalize

import pytest
from gld_shared.tables import read_list
from gld_shared.testing import run, small_image


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


def test_labels_from_folders_without_folders_are_an_error(tmp_path):
    touch(tmp_path, "1.jpg", "2.jpg")
    result = run(["gld-lists", "folder", tmp_path, "--labels-from-folders"])
    assert (result.exit_code, result.stderr) == (
        1,
        "Error: none of the images is in a sub-folder, such as 1.jpg; expected a sub-folder for "
        "each landmark, or --labels with a CSV\n",
    )


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
        *("0.jpg", "again/1.jpg", "album/2.jpg", "one.jpg"),
    ]


def test_links_among_many_folders(tmp_path):
    # Each folder links to all others: 2^n paths lead through them.
    for number in range(23):
        touch(tmp_path, f"{number:02}/{number}.jpg")
        for other in range(23):
            (tmp_path / f"{number:02}" / f"to{other}").symlink_to(tmp_path / f"{other:02}")
    rows = [row[1] for row in rows_of(tmp_path)[1:]]
    assert rows == [f"{number:02}/{number}.jpg" for number in range(23)]


def test_two_links_to_one_folder(tmp_path):
    elsewhere = touch(tmp_path / "elsewhere", "1.jpg")
    photos = touch(tmp_path / "photos", "0.jpg")
    for name in ("c", "a", "b"):
        (photos / name).symlink_to(elsewhere)
    assert [row[1] for row in rows_of(photos)[1:]] == ["0.jpg", "a/1.jpg"]


def test_cyclic_and_broken_links_are_skipped(tmp_path):
    touch(tmp_path, "a/b/1.jpg", "c/2.jpg")
    (tmp_path / "a/b/up").symlink_to(tmp_path)
    (tmp_path / "a/b/c").symlink_to(tmp_path / "c")
    (tmp_path / "c/b").symlink_to(tmp_path / "a/b")
    (tmp_path / "gone.jpg").symlink_to(tmp_path / "no file")
    (tmp_path / "self.jpg").symlink_to(tmp_path / "self.jpg")
    result = run(["gld-lists", "folder", tmp_path])
    assert [line.split("\t")[1] for line in result.stdout.splitlines()[2:]] == [
        *("a/b/1.jpg", "c/2.jpg"),
    ]
    broken = "not a file, or a broken link: skipped"
    listed = "a link to a folder that is listed: not followed"
    assert sorted(result.stderr.splitlines()) == [
        f"gld-lists: {tmp_path}/a/b/c: {listed}",
        f"gld-lists: {tmp_path}/a/b/up: {listed}",
        f"gld-lists: {tmp_path}/c/b: {listed}",
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
    assert result.stderr == (
        f"gld-lists: {tmp_path}: 1 other file skipped, not an image by its name: notes.txt\n"
    )
    assert read_list(tmp_path / "list.tsv").rows.rows() == [("1", "1.jpg")]


def test_of_many_other_files_the_first_are_named(tmp_path):
    touch(tmp_path, "1.jpg", "b\n.txt", *(f"film/{number}.mov" for number in range(5)))
    result = run(["gld-lists", "folder", tmp_path, "-o", tmp_path / "list.tsv"])
    assert result.exit_code == 0
    assert result.stderr == (
        f"gld-lists: {tmp_path}: 6 other files skipped, not images by their names: b\\n.txt, "
        "film/0.mov, film/1.mov, film/2.mov, film/3.mov and 1 more\n"
    )


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


LATIN_1 = "caf\udce9"  # as Python holds the bytes caf\\xe9 on a UTF-8 system


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        ([f"{LATIN_1}.jpg"], r"caf\xe9.jpg"),
        (["a\tb.jpg"], r"a\tb.jpg"),
        (
            [f"{LATIN_1}/{number}.jpg" for number in range(5)] + ["d/a\nb.png", "d/\udcff.png"],
            r"caf\xe9/0.jpg, caf\xe9/1.jpg, caf\xe9/2.jpg, caf\xe9/3.jpg, caf\xe9/4.jpg and 2 more",
        ),
    ],
)
def test_names_that_a_list_cannot_hold_are_reported_together(tmp_path, names, shown):
    touch(tmp_path, "1.jpg", f"{LATIN_1}.txt", *names)
    result = run(["gld-lists", "folder", tmp_path, "-o", tmp_path / "l.tsv"])
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1] == (
        f"Error: {tmp_path}: names that a list cannot hold, since they are not UTF-8 or hold a tab "
        f"or a line break: {shown}; rename them, or leave them out with --skip-unreadable"
    )
    assert not (tmp_path / "l.tsv").exists()


def test_names_that_a_list_cannot_hold_are_skipped(tmp_path):
    photos = tmp_path / "photos"
    small_image(photos / "1.jpg")
    touch(photos, f"{LATIN_1}.jpg", "a\tb.jpg")
    (photos / "empty.jpg").touch()
    result = run(["gld-lists", "folder", photos, "--skip-unreadable", "-o", tmp_path / "l.tsv"])
    assert result.exit_code == 0, result.output
    assert read_list(tmp_path / "l.tsv").rows.rows() == [("1", "1.jpg")]
    not_utf8 = "the name is not UTF-8, as a list must be; rename it"
    tab = "the name holds a tab or a line break, which a list cannot; rename it"
    empty = f"{photos}/empty.jpg: empty, expected an image"
    assert (tmp_path / "l.unreadable.tsv").read_text().splitlines()[1:] == [
        "id\tpath\treason",
        f"a\\tb\ta\\tb.jpg\t{tab}",
        f"caf\\xe9\tcaf\\xe9.jpg\t{not_utf8}",
        f"empty\tempty.jpg\t{empty}",
    ]
    assert result.stderr.splitlines() == [
        f"gld-lists: left out: {photos}/a\\tb.jpg: {tab}",
        f"gld-lists: left out: {photos}/caf\\xe9.jpg: {not_utf8}",
        f"gld-lists: left out: {empty} (id empty)",
        f"gld-lists: 3 of 4 images left out as unreadable, see {tmp_path}/l.unreadable.tsv",
    ]


def test_no_name_that_a_list_can_hold(tmp_path):
    touch(tmp_path, f"{LATIN_1}.jpg")
    result = run(["gld-lists", "folder", tmp_path, "--skip-unreadable", "-q"])
    assert (result.exit_code, result.stderr) == (
        1,
        f"Error: {tmp_path}: names that a list cannot hold, since they are not UTF-8 or hold a tab "
        "or a line break: caf\\xe9.jpg; rename them\n",
    )


@pytest.fixture
def closed(monkeypatch):
    """Return a function that makes a folder unreadable, also for root, who may read any."""
    scandir, folders = os.scandir, set()

    def refuse(path):
        if str(path) in folders:
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    return lambda folder: folders.add(str(folder))


@pytest.mark.parametrize(
    ("names", "them"), [(["lost+found"], "it"), (["a/private", "lost+found"], "them")]
)
def test_an_unreadable_folder_is_an_error_unless_it_is_skipped(tmp_path, closed, names, them):
    photos = tmp_path / "photos"
    small_image(photos / "1.jpg")
    for name in names:
        touch(photos, f"{name}/2.jpg")
        closed(photos / name)
    lines = [f"{photos}/{name}: cannot be read: Permission denied" for name in names]
    result = run(["gld-lists", "folder", photos])
    assert (result.exit_code, result.stdout, result.stderr) == (
        1,
        "",
        f"Error: {'; '.join(lines)}; make {them} readable, "
        f"or leave {them} out with --skip-unreadable\n",
    )
    result = run(["gld-lists", "folder", photos, "--skip-unreadable"])
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[1:] == ["id\tpath", "1\t1.jpg"]
    assert result.stderr.splitlines() == [f"gld-lists: {line}: skipped" for line in lines]


def test_a_link_that_cannot_be_followed_is_an_error_unless_it_is_skipped(tmp_path, monkeypatch):
    photos = tmp_path / "photos"
    small_image(photos / "1.jpg")
    (photos / "link.jpg").symlink_to(tmp_path)
    is_dir = Path.is_dir

    def refuse(path):
        if path.name == "link.jpg":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return is_dir(path)

    monkeypatch.setattr(Path, "is_dir", refuse)
    line = f"{photos}/link.jpg: cannot be read: Permission denied"
    result = run(["gld-lists", "folder", photos])
    assert (result.exit_code, result.stderr) == (
        1,
        f"Error: {line}; make it readable, or leave it out with --skip-unreadable\n",
    )
    result = run(["gld-lists", "folder", photos, "--skip-unreadable"])
    assert (result.exit_code, result.stderr) == (0, f"gld-lists: {line}: skipped\n")


def test_the_folder_itself_cannot_be_skipped(tmp_path, closed):
    closed(tmp_path)
    result = run(["gld-lists", "folder", tmp_path, "--skip-unreadable"])
    assert (result.exit_code, result.stderr) == (
        1,
        f"Error: {tmp_path}: cannot be read: Permission denied\n",
    )
