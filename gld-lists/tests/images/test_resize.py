"""gld-lists resize: smaller copies of a list's images."""

import os

import numpy as np
import pytest
from gld_lists.images.copies_folder import copies_folder
from gld_lists.images.resize import resized
from gld_shared.errors import DataError
from gld_shared.images.preprocess import load
from gld_shared.tables import UNREADABLE, read_table
from gld_shared.testing import run, small_image
from PIL import Image

OWN = [".gld-resize.checksums", ".gld-resize.json"]


def resize(folder, *options, size=60):
    """Run the command from ``photos`` to ``small``."""
    return run(
        [
            *("gld-lists", "resize", folder / "list.tsv", "--images", folder / "photos"),
            *("-o", folder / "small", "--size", str(size), *options),
        ]
    )


def files(folder):
    return sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    )


def size_of(path):
    with Image.open(path) as image:
        return image.format, image.size


def test_copies_have_the_same_paths_and_are_smaller(tmp_path, path_list):
    small_image(tmp_path / "photos/a/wide photo.jpg", 1, size=(400, 200))
    small_image(tmp_path / "photos/a/b/tall.png", 2, size=(100, 333))
    small_image(tmp_path / "photos/film.gif", 3, size=(120, 120))
    names = ["a/wide photo.jpg", "a/b/tall.png", "film.gif"]
    path_list(tmp_path / "list.tsv", *names)
    result = resize(tmp_path)
    assert (result.exit_code, result.stdout, result.stderr) == (0, f"{tmp_path}/small\n", "")
    assert files(tmp_path / "small") == sorted([*OWN, *names])
    assert [size_of(tmp_path / "small" / name) for name in names] == [
        ("JPEG", (120, 60)),
        ("JPEG", (60, 200)),
        ("JPEG", (60, 60)),
    ]


def test_a_network_reads_nearly_the_same_pixels_from_a_copy(tmp_path):
    original = small_image(tmp_path / "1.jpg", 1, size=(700, 500), quality=95)
    copy = tmp_path / "copy.jpg"
    copy.write_bytes(resized(original, 64))
    error = (load(copy, 64).double() - load(original, 64).double()).square().mean()
    assert 10 * np.log10(255**2 / float(error)) > 38


def test_nothing_is_enlarged_and_a_small_jpeg_stays_byte_for_byte(tmp_path):
    small = small_image(tmp_path / "small.jpg", size=(80, 60))
    assert resized(small, 60) == small.read_bytes()
    assert resized(small, 59) != small.read_bytes()
    for name in ("small.png", "print.jpg"):
        other = small_image(tmp_path / name, size=(80, 50), mode="CMYK" if "print" in name else "L")
        (tmp_path / "copy").write_bytes(resized(other, 60))
        assert size_of(tmp_path / "copy") == ("JPEG", (80, 50))
        with Image.open(tmp_path / "copy") as image:
            assert image.mode == "RGB"


@pytest.mark.parametrize("size", [30, 500])
def test_copies_are_upright(tmp_path, size):
    exif = Image.Exif()
    exif[0x0112] = 6
    original = small_image(tmp_path / "turned.jpg", 4, size=(90, 60), exif=exif, quality=95)
    copy = tmp_path / "copy.jpg"
    copy.write_bytes(resized(original, size))
    scale = min(1, size / 60)
    assert size_of(copy) == ("JPEG", (60 * scale, 90 * scale))
    with Image.open(copy) as image:
        assert "exif" not in image.info
    expected = load(original, 20).double()
    assert (load(copy, 20).double() - expected).abs().mean() < 8


def test_a_second_run_copies_changed_images_only(tmp_path, path_list):
    for name in ("1", "2"):
        small_image(tmp_path / f"photos/{name}.jpg", int(name), size=(200, 200))
    path_list(tmp_path / "list.tsv", "1.jpg", "2.jpg")
    resize(tmp_path)
    copies = [tmp_path / "small" / name for name in ("1.jpg", "2.jpg")]
    before = [copy.stat().st_mtime_ns for copy in copies]
    assert resize(tmp_path).exit_code == 0
    assert [copy.stat().st_mtime_ns for copy in copies] == before
    small_image(tmp_path / "photos/1.jpg", 7, size=(300, 200))
    copies[1].write_bytes(b"")  # as after a power failure
    resize(tmp_path)
    assert [size_of(copy)[1] for copy in copies] == [(90, 60), (60, 60)]


def test_an_interrupted_run_resumes(tmp_path, path_list):
    small_image(tmp_path / "photos/1.jpg", 1, size=(200, 200))
    (tmp_path / "photos/2.jpg").touch()
    path_list(tmp_path / "list.tsv", "1.jpg", "2.jpg")
    result = resize(tmp_path, "-j", "0")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f"Error: {tmp_path}/photos/2.jpg: empty, expected an image (id 2.jpg); "
        "--skip-unreadable leaves such images out\n"
    )
    (tmp_path / "small/.unfinished").mkdir()
    (tmp_path / "small/.unfinished/1").write_bytes(b"half")
    done = (tmp_path / "small/1.jpg").stat().st_mtime_ns
    small_image(tmp_path / "photos/2.jpg", 2, size=(200, 200))
    assert resize(tmp_path).exit_code == 0
    assert files(tmp_path / "small") == [*OWN, "1.jpg", "2.jpg"]
    assert (tmp_path / "small/1.jpg").stat().st_mtime_ns == done


def test_damaged_copies_of_an_earlier_run_are_made_again(tmp_path, path_list):
    names = ["a b.jpg", "c.jpg", "d.jpg"]
    for seed, name in enumerate(names):
        small_image(tmp_path / "photos" / name, seed, size=(200, 200))
    path_list(tmp_path / "list.tsv", *reversed(names))
    resize(tmp_path)
    small = tmp_path / "small"
    whole = {name: (small / name).read_bytes() for name in [*OWN, *names]}
    (small / "a b.jpg").write_bytes(whole["a b.jpg"][:-300] + bytes(300))
    (small / "c.jpg").unlink()
    os.mkfifo(small / "c.jpg")
    result = resize(tmp_path)
    assert (result.exit_code, result.stderr) == (
        0,
        f"gld-lists: {small}/a b.jpg: damaged, its checksum does not match; made again\n",
    )
    assert {name: (small / name).read_bytes() for name in files(small)} == whole
    # Damaged checksums are those of no copy; a line of a killed run has no end.
    lines = whole[OWN[0]].splitlines(keepends=True)
    (small / OWN[0]).write_bytes(b"\xff" + lines[0] + lines[2] + lines[1][:-5])
    assert resize(tmp_path).stderr == ""
    assert {name: (small / name).read_bytes() for name in files(small)} == whole


def test_unreadable_images_can_be_left_out(tmp_path, path_list):
    small_image(tmp_path / "photos/1.jpg")
    path_list(tmp_path / "list.tsv", "1.jpg", "none.jpg")
    result = resize(tmp_path, "--skip-unreadable")
    reason = f"{tmp_path}/photos/none.jpg: cannot be read: No such file or directory"
    assert result.exit_code == 0
    assert result.stderr == (
        f"gld-lists: left out: {reason} (id none.jpg)\n"
        "gld-lists: 1 of 2 images left out as unreadable, see "
        f"{tmp_path}/small.unreadable.tsv\n"
    )
    dropped = read_table(tmp_path / "small.unreadable.tsv", UNREADABLE).rows
    assert dropped.rows() == [("none.jpg", "none.jpg", reason)]


def refused(folder, size=60):
    result = resize(folder, size=size)
    assert (result.exit_code, result.stdout) == (1, "")
    return result.stderr.removeprefix(f"Error: {folder}/small")


def test_copies_of_two_sizes_cannot_share_a_folder(tmp_path, path_list):
    small_image(tmp_path / "photos/1.jpg")
    path_list(tmp_path / "list.tsv", "1.jpg")
    resize(tmp_path)
    assert refused(tmp_path, size=50) == (
        ": holds images of --size 60, expected 50; name another folder, or delete this one\n"
    )


def test_a_folder_of_other_files_or_the_originals_is_refused(tmp_path, path_list):
    small_image(tmp_path / "photos/1.jpg")
    path_list(tmp_path / "list.tsv", "1.jpg")
    small = tmp_path / "small"
    small.mkdir()
    (small / "notes.txt").touch()
    assert refused(tmp_path) == (
        ": holds files that gld-lists resize did not write; name another folder\n"
    )
    (small / "notes.txt").unlink()
    small.rmdir()
    small.symlink_to(tmp_path / "photos")
    assert refused(tmp_path) == (
        f": is also read as --images ({tmp_path}/photos), and would be overwritten; "
        "name another output\n"
    )
    with pytest.raises(DataError) as caught, copies_folder(tmp_path / "photos", small, 60):
        pass
    assert str(caught.value) == (f"{small}: is the folder of the originals; name another with -o")
