"""Hidden names of files and folders while they are written, and what killed processes leave there.

A process holds the lock of what it writes. The operating system releases the lock when the process
dies, so later processes can tell what is left over, and remove it. The lock is by ``flock``, not a
POSIX lock as those of ``file_lock`` and ``work.claims``: it can be held on a folder, and it keeps
threads of one process apart, because it belongs to the open file and not to the process.
"""

import fcntl
import glob
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

_DIGITS = 8


def name_beside(final: Path) -> Path:
    """Return a hidden name in the same folder that no other process uses: ``.NAME.1f3a92c0``."""
    return final.with_name(f".{final.name}.{secrets.token_hex(_DIGITS // 2)}")


def names_beside(final: Path) -> list[Path]:
    """Return the files and folders that have a name of ``name_beside``."""
    return list(final.parent.glob(f".{glob.escape(final.name)}." + "[0-9a-f]" * _DIGITS))


@contextmanager
def removed_on_error(path: Path) -> Iterator[None]:
    """Remove a file or folder if the block, which creates it, fails.

    Create it inside the block: a signal may raise an exception as soon as the file is there.
    """
    try:
        yield
    except BaseException:
        if path.is_dir():
            remove_folder(path)
        else:
            path.unlink(missing_ok=True)
        raise


def remove_folder(path: Path) -> None:
    """Remove a folder as far as possible, to the end even if a signal raises an exception."""
    try:
        shutil.rmtree(path, ignore_errors=True)
    except BaseException:
        shutil.rmtree(path, ignore_errors=True)
        raise


@contextmanager
def new_file_beside(final: Path) -> Iterator[tuple[Path, BinaryIO]]:
    """Create a file under a hidden name, and hold its lock for the block; an error removes it."""
    while True:
        path = name_beside(final)
        with removed_on_error(path), path.open("xb") as stream:
            if _hold(stream.fileno(), path):
                yield path, stream
                return


@contextmanager
def new_folder_beside(final: Path) -> Iterator[Path]:
    """Make a folder under a hidden name, and hold its lock for the block; an error removes it.

    The lock is that of the folder, not of its name: a block that removes the folder and makes
    another one of the same name has no lock of that.
    """
    while True:
        path = name_beside(final)
        # The lock is released last: until then, no other process removes the folder too.
        with ExitStack() as held, removed_on_error(path):
            path.mkdir()
            if _hold_folder(path, held):
                yield path
                return


def remove_dead(final: Path) -> None:
    """Remove what killed processes left under hidden names of ``final``.

    What another process holds stays, and so does everything on a file system without locks.
    """
    for path in names_beside(final):
        # Another process may remove it first, or it may not be ours to remove.
        with suppress(OSError):
            _remove_if_dead(path)


def _remove_if_dead(path: Path) -> None:
    is_folder = stat.S_ISDIR(path.lstat().st_mode)
    # Over a network, only a file that is open for writing can be locked.
    mode = os.O_RDONLY if is_folder else os.O_RDWR
    descriptor = os.open(path, mode | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if is_folder:
            shutil.rmtree(path)
        else:
            path.unlink()
    finally:
        os.close(descriptor)


def _hold_folder(path: Path, held: ExitStack) -> bool:
    """Lock a folder that was just made until ``held`` ends; False as ``_hold`` returns it."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    held.callback(os.close, descriptor)
    return _hold(descriptor, path)


def _hold(descriptor: int, path: Path) -> bool:
    """Lock a file that was just created; False if another process took it for a leftover."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        # Where there are no locks, nobody takes it.
        return True
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False
