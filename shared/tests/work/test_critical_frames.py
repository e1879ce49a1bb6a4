"""A signal at any moment leaves no hidden file, folder or lock behind."""

import pytest
from gld_shared.atomic_folder import atomic_folder
from gld_shared.file_lock import locked
from gld_shared.files import atomic_file, open_output
from gld_shared.store.create import create
from gld_shared.testing.interruption import interrupted
from gld_shared.work.end_signals import Ended


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


# Since Python 3.13, glob is written in Python; the end of the process closes the folder it reads.
@pytest.mark.filterwarnings("ignore:unclosed scandir:ResourceWarning")
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
