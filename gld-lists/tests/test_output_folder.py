"""An output folder that is replaced as a whole, and only if it holds the command's own files."""

import pytest
from gld_lists.output_folder import output_folder
from gld_shared.errors import DataError


def fill(folder, names, fail=False):
    with output_folder(folder, names) as partial:
        for name in names:
            (partial / name).write_text("new")
        if fail:
            raise RuntimeError("in the middle")


def test_an_output_folder_appears_whole_or_not_at_all(tmp_path):
    target = tmp_path / "deep" / "lists"
    fill(target, ["a", "b"])
    (target / "a").write_text("old")
    with pytest.raises(RuntimeError):
        fill(target, ["a", "b"], fail=True)
    assert (target / "a").read_text() == "old"
    fill(target, ["a", "b"])
    assert (target / "a").read_text() == "new"
    assert [path.name for path in target.parent.iterdir()] == ["lists"]


def test_a_file_is_not_replaced_by_a_folder(tmp_path):
    (tmp_path / "lists").write_text("mine")
    with pytest.raises(DataError) as error:
        fill(tmp_path / "lists", ["a"])
    assert str(error.value) == (
        f"{tmp_path}/lists: is a file, expected a folder's name; give another"
    )
