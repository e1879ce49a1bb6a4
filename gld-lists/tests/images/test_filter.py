"""gld-lists folder without unreadable images and without copies."""

import os

from gld_shared.tables import UNREADABLE, read_list, read_table
from gld_shared.testing import run, small_image


def cut(path, share=0.5):
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])


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
        "gld-lists: 1 of 2 images are in no sub-folder, so without a landmark\n"
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


def test_no_table_is_written_beside_standard_output(tmp_path, monkeypatch):
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


def test_no_table_is_written_beside_a_device(tmp_path):
    small_image(tmp_path / "photos/1.jpg")
    (tmp_path / "null").symlink_to(os.devnull)
    options = ["--skip-unreadable", "--dedup", "-o", tmp_path / "null"]
    assert run(["gld-lists", "folder", tmp_path / "photos", *options]).exit_code == 0
    assert sorted(os.listdir(tmp_path)) == ["null", "photos"]  # noqa: PTH208
    assert (tmp_path / "null").is_symlink()


def test_a_folder_of_unreadable_images_only(tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos/1.jpg").touch()
    result = folder(tmp_path, "--skip-unreadable", "-q")
    assert result.exit_code == 1
    assert result.stderr == (
        "Error: none of the 1 images can be read, the first: "
        f"{tmp_path}/photos/1.jpg: empty, expected an image\n"
    )
    assert not (tmp_path / "clean.tsv").exists()
