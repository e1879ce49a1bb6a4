"""The folder of gld-lists resize: killed at any step, shared by nobody, with its own files."""

import os

import pytest
from gld_lists.images.copies_folder import copies_folder
from gld_shared.errors import DataError
from gld_shared.testing import killed_before, run, small_image


def command(folder, *options):
    return [
        *("gld-lists", "resize", folder / "list.tsv", "--images", folder / "photos"),
        *("-o", folder / "small", "--size", "60", *options),
    ]


def fill(folder):
    """Make the folder and one copy, as the command does."""
    with copies_folder(folder / "photos", folder / "small", 60) as unfinished:
        (unfinished / "1").write_text("copy")
        (unfinished / "1").rename(folder / "small" / "1.jpg")


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_run_that_is_killed_at_any_step_is_resumed(tmp_path):
    (tmp_path / "photos").mkdir()
    steps = 0
    while killed_before(steps + 1, lambda: fill(tmp_path)):
        steps += 1
        fill(tmp_path)
        assert names(tmp_path / "small") == [".gld-resize.json", "1.jpg"], steps
        for path in (tmp_path / "small").iterdir():
            path.unlink()
        (tmp_path / "small").rmdir()
    assert steps > 5


def test_a_second_run_on_the_same_folder_is_refused(tmp_path, path_list):
    small_image(tmp_path / "photos/1.jpg")
    path_list(tmp_path / "list.tsv", "1.jpg")
    small = tmp_path / "small"
    with copies_folder(tmp_path / "photos", small, 60):
        child = os.fork()
        if not child:
            try:
                fill(tmp_path)
            except DataError as error:
                (tmp_path / "message").write_text(str(error))
            finally:
                os._exit(0)
        os.waitpid(child, 0)
    assert (tmp_path / "message").read_text() == (
        f"{small}: another gld-lists resize writes here; wait until it ends, or name another folder"
    )


@pytest.mark.parametrize("skip", [(), ("--skip-unreadable", "-q")])
def test_a_run_without_any_copy_leaves_nothing(tmp_path, path_list, skip):
    (tmp_path / "photos").mkdir()
    path_list(tmp_path / "list.tsv", "1.jpg")
    assert run(command(tmp_path, *skip)).exit_code == 1
    assert names(tmp_path) == ["list.tsv", "photos"]
    (tmp_path / "small").mkdir()
    assert run(command(tmp_path, *skip)).exit_code == 1
    assert names(tmp_path / "small") == []


@pytest.mark.parametrize(
    "path",
    [
        *(".gld-resize.json", ".unfinished/x.jpg", ".gld-resize.lock", ".gld-resize.checksums"),
        *("..gld-resize.json.0a/x.jpg", "..gld-resize.checksums.0a/x.jpg"),
    ],
)
def test_a_path_of_the_folders_own_files_is_refused(tmp_path, path_list, path):
    small_image(tmp_path / "photos" / path, format="JPEG")
    path_list(tmp_path / "list.tsv", "y.unfinished/1.jpg", path)
    result = run(command(tmp_path))
    assert (result.exit_code, result.stderr) == (
        1,
        f"Error: id {path}: the path {path!r} is that of a file which gld-lists resize keeps in "
        f"{tmp_path / 'small'}; rename the image, or its folder, and its path in the list\n",
    )
    assert not (tmp_path / "small").exists()


def test_damaged_settings_are_named(tmp_path):
    (tmp_path / "photos").mkdir()
    fill(tmp_path)
    record = tmp_path / "small" / ".gld-resize.json"
    record.write_text("[]")
    with pytest.raises(DataError) as caught:
        fill(tmp_path)
    assert str(caught.value) == (
        f"{record}: expected an object, got a list of 0; name another folder with -o"
    )
