"""The group of commands, and a drawn miniature through them."""

import pytest
from gld_lists.gldv2.google import TABLE_NAMES
from gld_lists.output_folder import output_folder
from gld_shared.errors import DataError
from gld_shared.tables import read_list
from gld_shared.testing import run


def test_the_miniature_becomes_every_list(tmp_path):
    raw, lists = tmp_path / "raw", tmp_path / "lists"
    result = run(["gld-lists", "synthetic", raw, "--landmarks", "1", "--seed", "5", "-j", "1"])
    assert (result.exit_code, result.stdout) == (0, f"{raw}\n"), result.output
    result = run(["gld-lists", "google", raw, "-o", lists])
    assert (result.exit_code, result.stdout, result.stderr) == (0, f"{lists}\n", "")
    assert sorted(path.stem for path in lists.iterdir()) == sorted(TABLE_NAMES)
    every = read_list(lists / "all.tsv").rows
    assert all((raw / path).is_file() for path in every["path"])


def test_a_command_that_does_not_exist():
    result = run(["gld-lists", "gogle"])
    assert result.exit_code == 2
    assert "No such command 'gogle'" in result.stderr


def fill(folder, names, fail=False):
    with output_folder(folder, names) as partial:
        for name in names:
            (partial / name).write_text("new")
        if fail:
            raise RuntimeError("in the middle")


def test_a_folder_of_outputs_is_whole_or_not_there(tmp_path):
    target = tmp_path / "deep" / "lists"
    fill(target, ["a", "b"])
    (target / "a").write_text("old")
    with pytest.raises(RuntimeError):
        fill(target, ["a", "b"], fail=True)
    assert (target / "a").read_text() == "old"
    fill(target, ["a", "b"])
    assert (target / "a").read_text() == "new"
    assert [path.name for path in target.parent.iterdir()] == ["lists"]


def test_a_file_is_not_a_folder(tmp_path):
    (tmp_path / "lists").write_text("mine")
    with pytest.raises(DataError) as error:
        fill(tmp_path / "lists", ["a"])
    assert str(error.value) == (
        f"{tmp_path}/lists: is a file, expected a folder's name; give another"
    )
