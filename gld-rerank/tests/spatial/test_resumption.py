"""Keypoints and inliers that gld-rerank spatial keeps: by any workers, in later runs, damaged."""

import shutil
from pathlib import Path

from gld_shared.testing import run

TWO = {"a0": ["b0", "c0", "a1"], "b1": ["a1", "b0"]}


def test_the_number_of_workers_changes_no_byte(album, tmp_path):
    made = album({"a0": ["b0", "c0", "a1"], "b1": ["a1", "b0"], "c0": ["a2", "blank"]})
    outputs = []
    for workers in ("1", "2"):
        folder = tmp_path / workers
        folder.mkdir()
        result = run([*made.command, "-j", workers, "--keypoints", folder])
        assert result.exit_code == 0, result.stderr
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        outputs.append(
            (result.stdout, {path.relative_to(folder): path.read_bytes() for path in files})
        )
    assert outputs[0] == outputs[1]


def test_a_second_run_reads_no_photograph(album, tmp_path):
    made = album(TWO)
    photos = shutil.copytree(made.photos, tmp_path / "photos")
    command = [*made.command, "--images", photos]
    first = run(command)
    shutil.rmtree(photos)
    again = run(command)
    assert (again.exit_code, again.stdout, again.stderr) == (0, first.stdout, "")
    assert not list(tmp_path.rglob("*.work"))


def test_damaged_keypoints_and_inliers_are_made_again(album):
    made = album(TWO)
    first = run(made.command)
    queries, index = made.stores
    damaged = [index / "0/2", *queries.glob("inliers-*/0/0")]
    whole = [file.read_bytes() for file in damaged]
    for file in damaged:
        file.write_bytes(file.read_bytes()[:-1] + b"!")
    again = run(made.command)
    assert (again.exit_code, again.stdout) == (0, first.stdout)
    assert again.stderr.splitlines()[-1] == (
        f"gld-rerank: {damaged[0]}: damaged; its keypoints are detected again"
    )
    assert [file.read_bytes() for file in damaged] == whole


def test_other_photographs_are_verified_once_their_keypoints_are_removed(album, tmp_path):
    made = album({"a0": ["b0", "a1"]})
    photos = shutil.copytree(made.photos, tmp_path / "photos")
    options = ["--images", photos, "--weight", "1"]
    assert [image for image, _ in made.rows(*options)["a0"]] == ["a1", "b0"]
    shutil.copy(photos / "c0.png", photos / "a1.png")
    shutil.rmtree(made.stores[1])
    assert [image for image, _ in made.rows(*options)["a0"]] == ["b0", "a1"]


def test_a_folder_for_keypoints_is_made(album, tmp_path):
    made = album(TWO)
    assert made.rows("--keypoints", tmp_path / "new/folder")
    assert sorted(path.name for path in (tmp_path / "new/folder").iterdir()) == [
        "index.sift.keypoints",
        "queries.sift.keypoints",
    ]
    assert not any(map(Path.exists, made.stores))


def test_a_folder_that_cannot_be_written(album, tmp_path):
    (tmp_path / "file").touch()
    result = run([*album(TWO).command, "--keypoints", tmp_path / "file/folder"])
    assert (result.exit_code, result.stderr) == (
        1,
        f"Error: {tmp_path / 'file/folder/queries.sift.keypoints'}: cannot be written: Not a "
        "directory; name a folder for keypoints with --keypoints\n",
    )
