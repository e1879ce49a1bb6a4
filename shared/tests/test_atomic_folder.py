import os

import pytest
from gld_shared import atomic_folder as module
from gld_shared.atomic_folder import atomic_folder, exchange, replace_folder
from gld_shared.errors import DataError
from gld_shared.testing import killed_before


def test_a_folder_is_replaced_whole(tmp_path):
    for name in ("partial", "final"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).touch()
    replace_folder(tmp_path / "partial", tmp_path / "final")
    assert [path.relative_to(tmp_path).as_posix() for path in sorted(tmp_path.rglob("*"))] == [
        "final",
        "final/partial",
    ]


def test_a_failed_folder_leaves_the_old_one_and_nothing_else(tmp_path):
    final = tmp_path / "a" / "x"
    with atomic_folder(final) as folder:
        (folder / "old").touch()
    with pytest.raises(RuntimeError), atomic_folder(final) as folder:
        (folder / "new").touch()
        raise RuntimeError
    assert sorted((tmp_path / "a").rglob("*")) == [final, final / "old"]


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def write(folder, text):
    """Make a folder of one file, as commands do."""
    with atomic_folder(folder) as unfinished:
        (unfinished / "file").write_text(text)


@pytest.mark.parametrize("can_exchange", [True, False])
def test_a_folder_is_old_or_new_when_killed_at_any_step(tmp_path, monkeypatch, can_exchange):
    if not can_exchange:
        monkeypatch.setattr(module, "exchange", lambda one, other: False)
    folder, steps = tmp_path / "lists", 0
    write(folder, "old")
    while killed_before(steps + 1, lambda: write(folder, "new")):
        steps += 1
        if can_exchange:
            assert (folder / "file").read_text() in ("old", "new")
        write(folder, "old")
        assert (folder / "file").read_text() == "old"
        assert list(tmp_path.iterdir()) == [folder], steps
    assert steps > 10


def test_the_old_folder_is_back_while_the_next_run_works(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "exchange", lambda one, other: False)
    folder = tmp_path / "lists"
    write(folder, "old")
    folder.rename(tmp_path / ".lists.replaced")
    with pytest.raises(DataError), atomic_folder(folder):
        assert (folder / "file").read_text() == "old"
        raise DataError("bad input")
    assert list(tmp_path.iterdir()) == [folder]


def test_names_of_folders_are_exchanged(tmp_path):
    for name in ("one", "other"):
        (tmp_path / name / name).mkdir(parents=True)
    if not exchange(tmp_path / "one", tmp_path / "other"):
        pytest.skip("this file system cannot exchange names")
    assert names(tmp_path / "one") == ["other"]
    assert names(tmp_path / "other") == ["one"]


def test_a_second_process_is_refused(tmp_path):
    folder = tmp_path / "lists"
    with atomic_folder(folder):
        child = os.fork()
        if not child:
            try:
                write(folder, "second")
            except DataError as error:
                (tmp_path / "message").write_text(str(error))
            finally:
                os._exit(0)
        os.waitpid(child, 0)
    assert (tmp_path / "message").read_text() == (
        f"{folder}: another process makes it; wait until it ends, or name another folder"
    )
    assert names(tmp_path) == ["lists", "message"]
