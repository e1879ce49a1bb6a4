"""Walking through a folder: links, cycles, hidden and unreadable entries."""

import logging
import os
from collections.abc import Callable, Iterator
from heapq import heappop, heappush
from pathlib import Path

from gld_shared.errors import DataError
from gld_shared.text_encoding import shown

log = logging.getLogger(__name__)
# Takes an entry's path, and the reason why it cannot be read.
OnError = Callable[[str, str], None]


def entries_below(folder: Path, on_error: OnError) -> Iterator[os.DirEntry[str]]:
    """Yield all entries below ``folder``, at any depth, that are neither folders nor hidden.

    Symbolic links are followed, but a folder is entered once: under its own name, and if it has
    none below ``folder``, by the first link to it in the order of paths. ``on_error`` is called for
    a sub-folder or a link that cannot be read, which is skipped if it returns. Raises DataError if
    ``folder`` cannot be read. Memory: the entries of one folder, and 200 bytes for each folder.
    """
    entered: set[tuple[int, int]] = set()
    # Folders by their own names first, then links, the first path on top of each.
    folders, links = [str(folder)], list[str]()
    while folders or links:
        path = folders.pop() if folders else heappop(links)
        try:
            identity = _identity(Path(path).stat())
            if identity in entered:
                log.warning("%s: a link to a folder that is listed: not followed", shown(path))
                continue
            entries = _entries(path)
        except OSError as error:
            if not entered:
                raise DataError(f"{folder}: cannot be read: {error.strerror}") from error
            on_error(path, str(error.strerror))
            continue
        entered.add(identity)
        for entry in entries:
            try:
                is_folder = _is_folder(entry)
            except OSError as error:
                on_error(entry.path, str(error.strerror))
                continue
            if not is_folder:
                yield entry
            elif entry.is_symlink():
                heappush(links, entry.path)
            else:
                folders.append(entry.path)


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
