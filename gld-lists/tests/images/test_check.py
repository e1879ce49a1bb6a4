"""gld-lists check: every image of a list is opened, and its problems are reported."""

import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest
from gld_shared.tables import LIST, UNREADABLE, read_list
from gld_shared.testing import photographs, program, run, small_image, small_list
from PIL import Image

FOLDER = photographs()


@pytest.fixture
def check(path_list):
    """Return a function that checks files of a folder: the command's result, and the problems."""

    def run_check(folder, *names, options=()):
        path = path_list(folder / "list.tsv", *names)
        result = run(["gld-lists", "check", path, "--images", folder, *options])
        return result, [line.split("\t") for line in result.stdout.splitlines()[2:]]

    return run_check


def cut(path, share=0.5):
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])


def turned(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    return {"exif": exif}


def test_ordinary_images_have_no_problems(tmp_path, check):
    for number, suffix in enumerate(["jpg", "png", "webp", "gif"]):
        small_image(tmp_path / f"{number}.{suffix}", number)
    result, rows = check(tmp_path, "0.jpg", "1.png", "2.webp", "3.gif", options=["-v"])
    assert (result.exit_code, rows) == (0, [])
    assert result.stderr == "gld-lists: 4 images: nothing found\n"


def test_an_image_that_crashes_its_decoder(tmp_path, check):
    crash = Path(__file__).parents[3] / "shared/tests/fixtures/crash.heic"
    (tmp_path / "crash.heic").write_bytes(crash.read_bytes())
    small_image(tmp_path / "fine.webp")
    result, rows = check(tmp_path, "crash.heic", "fine.webp")
    assert rows == [["crash.heic"] * 2 + ["truncated", "the decoder crashed (signal 11)"]]
    assert result.exit_code == 1


def test_unusable_images(tmp_path, check):
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


def test_unusual_images(tmp_path, check):
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


def test_a_jpeg_without_its_end_marker_is_reported(tmp_path, check):
    for name, cut in (("end.jpg", 2), ("more.jpg", 3)):
        data = small_image(tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(data[:-cut])
    result, rows = check(tmp_path, "end.jpg", "more.jpg")
    assert [row[1:] for row in rows] == [
        ["end.jpg", "unterminated", "a JPEG without its end marker, the last two bytes"],
        ["more.jpg", "truncated", "cut short or damaged: Premature end of JPEG file"],
    ]
    assert result.stderr.startswith("gld-lists: 2 images: 1 truncated, 1 unterminated\n")


def test_a_range_that_is_guessed_is_reported(tmp_path, check):
    grey = np.arange(64 * 64, dtype=np.uint16).reshape(64, 64)
    Image.fromarray(grey).save(tmp_path / "12 bits.png")
    Image.fromarray(grey * 16).save(tmp_path / "16 bits.png")
    Image.fromarray(grey).save(tmp_path / "declared.tif", tiffinfo={281: 4095})
    Image.fromarray(grey / np.float32(1000)).save(tmp_path / "float.tif")
    result, rows = check(tmp_path, "12 bits.png", "16 bits.png", "declared.tif", "float.tif")
    assert [row[1:] for row in rows] == [
        [
            *("12 bits.png", "range"),
            "16-bit samples of undeclared range, here 0 to 4095: "
            "0 is taken as black, 4095 as white",
        ],
        [
            *("float.tif", "range"),
            "32-bit float samples of undeclared range, here 0 to 4.09499979: "
            "0 is taken as black, 4.09499979 as white",
        ],
    ]
    assert (result.exit_code, result.stderr) == (0, "gld-lists: 4 images: 2 range\n")


def test_the_size_of_an_image_that_pillow_does_not_know(tmp_path, check):
    rows = np.full((20, 30, 3), 200, np.uint16)
    rows[0] = 7
    cv2.imwrite(str(tmp_path / "float.tif"), rows / np.float32(255))
    _, found = check(tmp_path, "float.tif")
    assert [row[2:] for row in found] == [
        ["tiny", "30 x 20 pixels"],
        [
            "range",
            "32-bit float samples of undeclared range, here 0.02745098062 to 0.7843137383: "
            "0 is taken as black, 1 as white",
        ],
    ]


def test_smaller_versions_inside_a_photograph_are_not_an_animation(tmp_path, check):
    smaller = Image.new("RGB", (48, 36), "red")
    picture = Image.new("RGB", (96, 72), "green")
    picture.save(tmp_path / "phone.jpg", "MPO", save_all=True, append_images=[smaller])
    assert check(tmp_path, "phone.jpg")[1] == []


def test_an_image_with_several_labels_is_opened_once(tmp_path, check):
    assert len(check(tmp_path, "none.jpg", "none.jpg")[1]) == 1


@pytest.mark.parametrize("workers", ["0", "1", "3"])
def test_any_number_of_workers_gives_the_same_order(tmp_path, workers, check):
    names = [f"{number}.png" for number in range(50)]
    for number in range(0, 50, 2):
        small_image(tmp_path / names[number], number, size=(20, 20))
    _, rows = check(tmp_path, *names, options=["-j", workers])
    assert [row[0] for row in rows] == names
    assert {row[2] for row in rows[::2]} == {"tiny"}
    assert {row[2] for row in rows[1::2]} == {"missing"}


def test_the_table_of_problems_is_a_list(tmp_path, check):
    check(tmp_path, "none.jpg", options=["-o", tmp_path / "problems.tsv"])
    assert read_list(tmp_path / "problems.tsv").rows.rows() == [("none.jpg", "none.jpg")]


def test_warnings_of_pillow_are_not_shown(tmp_path, path_list):
    cut_exif = b"Exif\0\0II*\0\x08\0\0\0\x05\0\xff\xff"
    small_image(tmp_path / "1.jpg", exif=cut_exif)
    names = path_list(tmp_path / "list.tsv", "1.jpg")
    command = [program("gld-lists"), "check", str(names), "--images", str(tmp_path), "-v"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.stderr == "gld-lists: 1 images: nothing found\n"


def test_a_missing_folder_of_images_is_an_error(tmp_path):
    small_list(tmp_path / "l.tsv", ["a"])
    result = run(["gld-lists", "check", tmp_path / "l.tsv", "--images", tmp_path / "photos"])
    assert result.exit_code == 1
    assert result.stderr == (
        f"Error: {tmp_path}/photos: not a folder; "
        "expected the folder that the list's paths are relative to\n"
    )


@pytest.mark.skipif(FOLDER is None, reason="GLD_DATA does not name the folder of photographs")
def test_real_photographs_have_no_problems(tmp_path):
    images = FOLDER / "monuments" / "images"
    names = run(["gld-lists", "folder", images]).stdout
    assert names.count("\n") == 851
    result = run(["gld-lists", "check", "--images", images], stdin=names)
    assert (result.exit_code, result.stderr) == (0, "")


def test_the_table_of_problems_has_the_format_of_a_list():
    from gld_lists.report_tables import PROBLEMS

    assert PROBLEMS.format == UNREADABLE.format == LIST.format
