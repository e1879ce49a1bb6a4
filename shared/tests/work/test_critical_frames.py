"""A signal at any moment leaves no hidden file, folder or lock behind."""

import sys
import weakref
from contextlib import contextmanager

import pytest
from gld_shared.atomic_folder import atomic_folder
from gld_shared.file_lock import locked
from gld_shared.files import atomic_file, open_output
from gld_shared.store.create import create
from gld_shared.unfinished_names import remove_folder
from gld_shared.work.critical_frames import is_critical
from gld_shared.work.end_signals import Ended


class Interruption:
    """Raises Ended where Python handles signals: at the start of a function, after one in C."""

    def __init__(self, at):
        self.left = at

    def __call__(self, frame, event, _):
        if event in ("call", "c_return") and self.left is not None:
            self.left -= 1
            # In a callback of weak references, an exception is lost, and raised again later.
            if self.left <= 0 and not (is_critical(frame) or is_callback(frame)):
                self.left = None
                raise Ended(15)


def is_callback(frame):
    return frame.f_code.co_filename == weakref.__file__


@contextmanager
def interrupted(at):
    sys.setprofile(Interruption(at))
    try:
        yield
    finally:
        sys.setprofile(None)


def write_file(folder):
    with atomic_file(folder / "x", sync=True) as stream:
        stream.write(b"whole")


def write_output(folder):
    with open_output(folder / "x") as stream:
        stream.write(b"whole")


def write_file_under_a_name(folder):
    with atomic_file(folder / "x", unfinished=folder / "x.partial") as stream:
        stream.write(b"whole")


def make_folder(folder):
    with atomic_folder(folder / "x") as beside:
        (beside / "a").touch()


def lock(folder):
    with locked(folder / "lock", "busy"):
        (folder / "x").touch()


def create_store(folder):
    create(folder / "x", lambda beside: (beside / "zarr.json").touch())


@pytest.mark.parametrize(
    ("work", "results"),
    [
        (write_file, ["x"]),
        (write_output, ["x"]),
        (write_file_under_a_name, ["x"]),
        (make_folder, ["x"]),
        (lock, ["x"]),
        (create_store, ["x.partial"]),
    ],
)
def test_a_signal_at_any_moment(tmp_path, work, results):
    for at in range(1, 100_000):
        folder = tmp_path / str(at)
        folder.mkdir()
        try:
            with interrupted(at):
                work(folder)
        except Ended:
            assert [entry.name for entry in folder.iterdir()] in ([], results), at
        else:
            assert [entry.name for entry in folder.iterdir()] == results
            break


def test_a_signal_at_any_moment_of_a_removal(tmp_path):
    for at in range(1, 100_000):
        for name in ("a", "b"):
            (tmp_path / "x" / name).mkdir(parents=True)
            (tmp_path / "x" / name / "file").touch()
        try:
            with interrupted(at):
                remove_folder(tmp_path / "x")
        except Ended:
            assert list(tmp_path.iterdir()) == [], at
        else:
            break
    assert at > 10
