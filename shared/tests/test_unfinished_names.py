import os
import shutil
import signal
import threading
from pathlib import Path

import pytest
from gld_shared.checked_json import write_checked_json
from gld_shared.errors import DataError
from gld_shared.files import atomic_file, open_output
from gld_shared.unfinished_names import (
    name_beside,
    names_beside,
    new_folder_beside,
    remove_dead,
    remove_folder,
)


def test_names_beside_belong_to_one_name(tmp_path):
    strays = [name_beside(tmp_path / "x[1]"), name_beside(tmp_path / "x[1]")]
    others = [name_beside(tmp_path / "x1"), tmp_path / ".x[1].backup", tmp_path / ".x[1].0123abcz"]
    for path in (*strays, *others):
        path.touch()
    assert sorted(names_beside(tmp_path / "x[1]")) == sorted(strays)


def test_what_killed_processes_left_is_removed_by_the_next_run(tmp_path):
    final = tmp_path / "x.tsv"
    child = os.fork()
    if not child:
        with open_output(final) as stream, new_folder_beside(final):
            stream.write(b"half")
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    assert len(names_beside(final)) == 2
    with open_output(final) as stream:
        stream.write(b"whole")
    assert list(tmp_path.iterdir()) == [final]
    assert final.read_bytes() == b"whole"


def test_any_atomic_file_removes_what_killed_processes_left(tmp_path):
    # What is left in a folder that gets its final name later would stay there for ever.
    name_beside(tmp_path / "zarr.json").write_bytes(b"half")
    write_checked_json(tmp_path / "zarr.json", {})
    assert [entry.name for entry in tmp_path.iterdir()] == ["zarr.json"]


def test_what_a_living_process_writes_stays(tmp_path):
    final = tmp_path / "x"
    with atomic_file(final) as stream, new_folder_beside(final) as folder:
        child = os.fork()
        if not child:
            remove_dead(final)
            os._exit(0)
        os.waitpid(child, 0)
        remove_dead(final)  # nor does another thread's call remove it
        assert folder.exists()
        assert len(names_beside(final)) == 2
        stream.write(b"whole")
        folder.rmdir()
    assert list(tmp_path.iterdir()) == [final]


def test_another_process_may_remove_a_folder_before_it_is_locked(tmp_path, monkeypatch):
    mkdir, removed = Path.mkdir, []

    def made_and_removed(path):
        mkdir(path)
        if not removed:
            removed.append(path)
            remove_dead(tmp_path / "x")

    monkeypatch.setattr(Path, "mkdir", made_and_removed)
    with new_folder_beside(tmp_path / "x") as folder:
        assert folder not in removed
        assert list(tmp_path.iterdir()) == [folder]
        folder.rmdir()


def test_a_folder_is_locked_until_an_error_has_removed_it(tmp_path, monkeypatch):
    rmtree, there = shutil.rmtree, []

    def remove(path, **options):
        remove_dead(tmp_path / "x")
        there.append(path.exists())
        monkeypatch.undo()
        rmtree(path, **options)

    with pytest.raises(DataError), new_folder_beside(tmp_path / "x"):
        monkeypatch.setattr(shutil, "rmtree", remove)
        raise DataError("bad input")
    assert there == [True]
    assert list(tmp_path.iterdir()) == []


def test_writers_and_cleaners_of_one_name_at_once(tmp_path):
    final, failures = tmp_path / "x", []

    def write():
        try:
            for number in range(200):
                with open_output(final) as stream:
                    stream.write(b"whole")
                assert final.read_bytes() == b"whole", number
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert list(tmp_path.iterdir()) == [final]


def test_a_signal_while_a_folder_is_removed(tmp_path, monkeypatch):
    folder = tmp_path / "x"
    (folder / "c" / "0").mkdir(parents=True)
    (folder / "c" / "0" / "0").touch()
    unlink = os.unlink

    def interrupted(*arguments, **options):
        monkeypatch.setattr(os, "unlink", unlink)
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "unlink", interrupted)
    with pytest.raises(KeyboardInterrupt):
        remove_folder(folder)
    assert list(tmp_path.iterdir()) == []
