"""Folders that appear whole or not at all, made by one process at a time."""

import ctypes
import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gld_shared.file_lock import locked
from gld_shared.output_targets import followed
from gld_shared.unfinished_names import new_folder_beside, remove_dead

_HERE = -100  # AT_FDCWD: paths are relative to the current folder
_EXCHANGE = 2  # RENAME_EXCHANGE
_UNSUPPORTED = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP)


@contextmanager
def atomic_folder(final: Path) -> Iterator[Path]:
    """Make a hidden folder and rename it to ``final`` when the block succeeds, else remove it.

    A folder of that name is replaced, or the one that a link of that name points to; missing
    parents are created. What processes that were killed left beside it is removed. Raises
    NotADirectoryError for a file or a device of that name, and DataError when another process makes
    the same folder.
    """
    final = followed(final)
    if final.exists() and not final.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(final))
    final.parent.mkdir(parents=True, exist_ok=True)
    busy = f"{final}: another process makes it; wait until it ends, or name another folder"
    with locked(final.with_name(f".{final.name}.lock"), busy):
        _finish_replacing(final)
        remove_dead(final)
        with new_folder_beside(final) as beside:
            try:
                yield beside
                replace_folder(beside, final)
            except BaseException:
                _finish_replacing(final)
                raise


def replace_folder(finished: Path, final: Path) -> None:
    """Rename a finished folder to ``final``, replacing a folder of that name.

    The old folder has its name until the new one has it. Where the system cannot exchange two
    names, there is a moment without either: after a crash in it, the next ``atomic_folder`` gives
    the old folder its name back.
    """
    if not final.exists():
        finished.rename(final)
    elif exchange(finished, final):
        shutil.rmtree(finished, ignore_errors=True)
    else:
        final.rename(_replaced(final))
        finished.rename(final)
        shutil.rmtree(_replaced(final))


def exchange(one: Path, other: Path) -> bool:
    """Exchange the names of two folders, at once; return False if the system cannot."""
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    if rename(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in _UNSUPPORTED:
        return False
    raise OSError(number, os.strerror(number), str(one), None, str(other))


def _finish_replacing(final: Path) -> None:
    """Complete what a process that was killed left of ``replace_folder``."""
    replaced = _replaced(final)
    if replaced.is_dir():
        if final.exists():
            shutil.rmtree(replaced)
        else:
            replaced.rename(final)


def _replaced(final: Path) -> Path:
    return final.with_name(f".{final.name}.replaced")
