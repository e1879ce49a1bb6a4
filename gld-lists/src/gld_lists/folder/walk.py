"""Walking through a folder: links, cycles, hidden and unreadable entries."""

import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from gld_shared.errors import DataError
from gld_shared.text_encoding import shown

log = logging.getLogger(__name__)
# Takes an entry's path, and the reason why it cannot be read.
OnError = Callable[[str, str], None]


def entries_below(folder: Path, on_error: OnError) -> Iterator[os.DirEntry[str]]:
    """Yield all entries below ``folder``, at any depth, that are neither folders nor hidden.

    Symbolic links are followed, except links to a folder that contains them. ``on_error`` is called
    for a sub-folder or a link that cannot be read, which is skipped if it returns. Raises DataError
    if ``folder`` cannot be read. Memory: the entries of one folder.
    """
    # Each folder with the identities of those that contain it: a link to one is a cycle.
    waiting: list[tuple[str, frozenset[tuple[int, int]]]] = [(str(folder), frozenset())]
    while waiting:
        path, parents = waiting.pop()
        try:
            identity = _identity(Path(path).stat())
            if identity in parents:
                log.warning("%s: a link to a folder that contains it: not followed", shown(path))
                continue
            entries = _entries(path)
        except OSError as error:
            if not parents:
                raise DataError(f"{folder}: cannot be read: {error.strerror}") from error
            on_error(path, str(error.strerror))
            continue
        for entry in entries:
            try:
                is_folder = _is_folder(entry)
            except OSError as error:
                on_error(entry.path, str(error.strerror))
                continue
            if is_folder:
                waiting.append((entry.path, parents | {identity}))
            else:
                yield entry


def _entries(path: str) -> list[os.DirEntry[str]]:
    with os.scandir(path) as entries:
        return [entry for entry in entries if not entry.name.startswith(".")]


def _is_folder(entry: os.DirEntry[str]) -> bool:
    # For a link to itself DirEntry.is_dir raises an error, while Path.is_dir returns False.
    return Path(entry.path).is_dir() if entry.is_symlink() else entry.is_dir()


def is_file(entry: os.DirEntry[str]) -> bool:
    """Return whether an entry is a regular file, or a link to one."""
    return Path(entry.path).is_file() if entry.is_symlink() else entry.is_file()


def _identity(status: os.stat_result) -> tuple[int, int]:
    """Return device and inode, which identify a folder under any link to it."""
    return status.st_dev, status.st_ino
