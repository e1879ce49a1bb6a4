"""Every image of a list opened: arguments in, problems out."""

import os
import subprocess

import pytest
from gld_shared.tables import LIST, UNREADABLE, read_list, read_table
from gld_shared.testing import photographs, program, run, small_image, small_list
from PIL import Image

FOLDER = photographs()


def make(folder, *names):
    """A list of files, most of which are there."""
    path = folder / "list.tsv"
    rows = "".join(f"{name}\t{name}\n" for name in names)
    path.write_text(f"id\tpath\n{rows}")
    return path


def check(folder, *names, options=()):
    result = run(["gld-lists", "check", make(folder, *names), "--images", folder, *options])
    return result, [line.split("\t") for line in result.stdout.splitlines()[2:]]


def cut(path, share=0.5):
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])


def turned(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    return {"exif": exif}


def test_a_sound_list_has_no_problems(tmp_path):
    for number, suffix in enumerate(["jpg", "png", "webp", "gif"]):
        small_image(tmp_path / f"{number}.{suffix}", number)
    result, rows = check(tmp_path, "0.jpg", "1.png", "2.webp", "3.gif", options=["-v"])
    assert (result.exit_code, rows) == (0, [])
    assert result.stderr == "gld-lists: 4 images: nothing found\n"


def test_what_cannot_be_used(tmp_path):
    cut(small_image(tmp_path / "cut.jpg"))
    cut(small_image(tmp_path / "cut.png"))
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "page.jpg").write_text("<html>not found</html>")
    (tmp_path / "folder.jpg").mkdir()
    small_image(tmp_path / "thread.png", size=(3000, 2))
    small_image(tmp_path / "fine.jpg")
    result, rows = check(
        tmp_path,
        *("cut.jpg", "cut.png", "empty.jpg", "page.jpg", "folder.jpg", "none.jpg"),
        *("thread.png", "fine.jpg"),
    )
    damaged = "cut short or damaged"
    assert rows == [
        ["cut.jpg", "cut.jpg", "truncated", f"{damaged}: Premature end of JPEG file"],
        ["cut.png", "cut.png", "truncated", f"{damaged} PNG: image file is truncated"],
        ["empty.jpg", "empty.jpg", "unreadable", "empty, expected an image"],
        [
            *("page.jpg", "page.jpg", "unreadable"),
            "not an image in a known format (JPEG, PNG, HEIC, GIF, ...)",
        ],
        ["folder.jpg", "folder.jpg", "unreadable", "cannot be read: Is a directory"],
        ["none.jpg", "none.jpg", "missing", "there is no such file"],
        [
            *("thread.png", "thread.png", "absurd"),
            "3000 x 2 pixels, expected sides within 1000 to 1",
        ],
    ]
    assert result.exit_code == 1
    assert result.stderr == (
        "gld-lists: 8 images: 1 missing, 3 unreadable, 2 truncated, 1 absurd\n"
        "Error: 7 of 8 images cannot be used; fix them, or leave them out with --skip-unreadable\n"
    )


def test_what_is_only_unusual(tmp_path):
    small_image(tmp_path / "tiny.png", size=(40, 90))
    small_image(tmp_path / "huge.jpg", size=(1200, 1000))
    small_image(tmp_path / "print.jpg", mode="CMYK")
    small_image(tmp_path / "turned.jpg", **turned(6))
    small_image(tmp_path / "upright.jpg", **turned(1))
    small_image(tmp_path / "nonsense.jpg", **turned(77))
    small_image(tmp_path / "turned.tif", **turned(3))
    frames = [Image.new("RGB", (96, 72), colour) for colour in ("red", "blue")]
    for suffix in ("gif", "webp", "png"):
        small_image(tmp_path / f"film.{suffix}", save_all=True, append_images=frames)
    result, rows = check(
        tmp_path,
        *("tiny.png", "huge.jpg", "print.jpg", "turned.jpg", "upright.jpg", "nonsense.jpg"),
        *("turned.tif", "film.gif", "film.webp", "film.png"),
        options=["--huge", "1"],
    )
    film = "several frames, of which the first is used"
    assert [row[1:] for row in rows] == [
        ["tiny.png", "tiny", "40 x 90 pixels"],
        ["huge.jpg", "huge", "1200 x 1000 pixels"],
        ["print.jpg", "cmyk", "its colours are those of printing"],
        ["turned.jpg", "rotated", "EXIF orientation 6"],
        ["turned.tif", "rotated", "EXIF orientation 3"],
        ["film.gif", "animated", film],
        ["film.webp", "animated", film],
        ["film.png", "animated", film],
    ]
    assert result.exit_code == 0
    assert result.stderr == (
        "gld-lists: 10 images: 1 tiny, 1 huge, 1 cmyk, 2 rotated, 3 animated\n"
    )


def test_the_smaller_versions_in_a_photograph_are_no_animation(tmp_path):
    smaller = Image.new("RGB", (48, 36), "red")
    picture = Image.new("RGB", (96, 72), "green")
    picture.save(tmp_path / "phone.jpg", "MPO", save_all=True, append_images=[smaller])
    assert check(tmp_path, "phone.jpg")[1] == []


def test_an_image_with_several_labels_is_opened_once(tmp_path):
    assert len(check(tmp_path, "none.jpg", "none.jpg")[1]) == 1


@pytest.mark.parametrize("workers", ["0", "1", "3"])
def test_any_number_of_workers_gives_the_same_order(tmp_path, workers):
    names = [f"{number}.png" for number in range(50)]
    for number in range(0, 50, 2):
        small_image(tmp_path / names[number], number, size=(20, 20))
    _, rows = check(tmp_path, *names, options=["-j", workers])
    assert [row[0] for row in rows] == names
    assert {row[2] for row in rows[::2]} == {"tiny"}
    assert {row[2] for row in rows[1::2]} == {"missing"}


def test_the_table_of_problems_is_a_list_of_these_images(tmp_path):
    check(tmp_path, "none.jpg", options=["-o", tmp_path / "problems.tsv"])
    assert read_list(tmp_path / "problems.tsv").rows.rows() == [("none.jpg", "none.jpg")]


def test_what_pillow_copes_with_is_not_said(tmp_path):
    cut_exif = b"Exif\0\0II*\0\x08\0\0\0\x05\0\xff\xff"
    small_image(tmp_path / "1.jpg", exif=cut_exif)
    names = make(tmp_path, "1.jpg")
    command = [program("gld-lists"), "check", str(names), "--images", str(tmp_path), "-v"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.stderr == "gld-lists: 1 images: nothing found\n"


def test_no_folder_of_images(tmp_path):
    small_list(tmp_path / "l.tsv", ["a"])
    result = run(["gld-lists", "check", tmp_path / "l.tsv", "--images", tmp_path / "photos"])
    assert result.exit_code == 1
    assert result.stderr == (
        f"Error: {tmp_path}/photos: not a folder; "
        "expected the folder that the list's paths are relative to\n"
    )


def folder(tmp_path, *options):
    return run(["gld-lists", "folder", tmp_path / "photos", "-o", tmp_path / "clean.tsv", *options])


def test_a_folder_without_its_unreadable_images(tmp_path):
    photos = tmp_path / "photos"
    small_image(photos / "Köln & Dom 1.JPG", 1)
    small_image(photos / "été/2.gif", 2)
    (photos / "été/empty one.heic").touch()
    cut(small_image(photos / "cut.jpg", 3))
    result = folder(tmp_path, "--skip-unreadable", "--labels-from-folders")
    assert (result.exit_code, result.stdout) == (0, "")
    reasons = [
        f"{photos}/cut.jpg: cut short or damaged: Premature end of JPEG file",
        f"{photos}/été/empty one.heic: empty, expected an image",
    ]
    dropped = tmp_path / "clean.unreadable.tsv"
    assert result.stderr == (
        f"gld-lists: left out: {reasons[0]} (id cut)\n"
        f"gld-lists: left out: {reasons[1]} (id été/empty one)\n"
        f"gld-lists: 2 of 4 images left out as unreadable, see {dropped}\n"
    )
    assert read_list(tmp_path / "clean.tsv").rows.rows() == [
        ("Köln & Dom 1", "Köln & Dom 1.JPG", None, ""),
        ("été/2", "été/2.gif", 0, "été"),
    ]
    assert read_table(dropped, UNREADABLE).rows.rows() == [
        ("cut", "cut.jpg", reasons[0]),
        ("été/empty one", "été/empty one.heic", reasons[1]),
    ]


def test_a_folder_without_its_copies(tmp_path):
    photos = tmp_path / "photos"
    small_image(photos / "a/1.jpg", 1)
    small_image(photos / "b/2.jpg", 2)
    for name in ("b/copy of 1.jpg", "c.jpg"):
        (photos / name).write_bytes((photos / "a/1.jpg").read_bytes())
    result = folder(tmp_path, "--dedup", "-v")
    dropped = tmp_path / "clean.duplicates.tsv"
    assert result.stderr == (
        f"gld-lists: left out: {photos}/b/copy of 1.jpg: the same bytes as a/1.jpg\n"
        f"gld-lists: left out: {photos}/c.jpg: the same bytes as a/1.jpg\n"
        f"gld-lists: 2 of 4 images left out as duplicates, see {dropped}\n"
    )
    assert read_list(tmp_path / "clean.tsv").rows["id"].to_list() == ["a/1", "b/2"]
    assert read_table(dropped, UNREADABLE).rows.rows() == [
        ("b/copy of 1", "b/copy of 1.jpg", "the same bytes as a/1.jpg"),
        ("c", "c.jpg", "the same bytes as a/1.jpg"),
    ]


def test_on_standard_output_nothing_else_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    small_image(tmp_path / "photos/1.jpg")
    (tmp_path / "photos/2.jpg").touch()
    result = run(["gld-lists", "folder", "photos", "--skip-unreadable", "--dedup"])
    assert result.stdout.splitlines()[1:] == ["id\tpath", "1\t1.jpg"]
    assert result.stderr == (
        "gld-lists: left out: photos/2.jpg: empty, expected an image (id 2)\n"
        "gld-lists: 1 of 2 images left out as unreadable\n"
    )
    assert os.listdir() == ["photos"]  # noqa: PTH208


def test_a_folder_of_unreadable_images_alone(tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos/1.jpg").touch()
    result = folder(tmp_path, "--skip-unreadable", "-q")
    assert result.exit_code == 1
    assert result.stderr == (
        "Error: none of the 1 images can be read, the first: "
        f"{tmp_path}/photos/1.jpg: empty, expected an image\n"
    )
    assert not (tmp_path / "clean.tsv").exists()


@pytest.mark.skipif(FOLDER is None, reason="GLD_DATA does not name the folder of photographs")
def test_real_photographs_are_sound(tmp_path):
    images = FOLDER / "monuments" / "images"
    names = run(["gld-lists", "folder", images]).stdout
    assert names.count("\n") == 851
    result = run(["gld-lists", "check", "--images", images], stdin=names)
    assert (result.exit_code, result.stderr) == (0, "")


def test_lists_of_problems_have_the_kind_of_lists():
    from gld_lists.table_kinds import PROBLEMS

    assert PROBLEMS.format == UNREADABLE.format == LIST.format
