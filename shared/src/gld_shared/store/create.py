"""Creating an empty group, which one of many processes does for all."""

import shutil
from collections.abc import Callable
from pathlib import Path

from gld_shared.errors import DataError
from gld_shared.files import sync_folder
from gld_shared.store.layout import METADATA, partial_of
from gld_shared.unfinished_names import name_beside, names_beside, remove_folder


def exists(folder: Path) -> bool:
    """Return whether a folder holds a group, finished or not."""
    return (folder / METADATA).exists()


def create(path: Path, write_empty: Callable[[Path], object]) -> None:
    """Create the ``.partial`` of a group, unless another process does so first.

    ``write_empty`` writes to a folder what the group has before its first chunk.
    """
    partial = partial_of(path)
    beside = name_beside(partial)
    try:
        _make_folder(beside, partial)
        write_empty(beside)
        sync_folder(beside)
        beside.rename(partial)
        # Other processes may have finished the group in the meantime.
        if exists(path):
            shutil.rmtree(partial)
    except OSError:
        # The rename fails if another process was first, because its folder is not empty.
        if not (exists(partial) or exists(path)):
            raise
    finally:
        remove_folder(beside)


def _make_folder(beside: Path, partial: Path) -> None:
    try:
        beside.mkdir()
    except OSError as error:
        raise DataError(f"{partial}: cannot be written: {error.strerror}") from error


def remove_strays(path: Path) -> None:
    """Remove the folders of processes that were killed while they created this group."""
    for stray in names_beside(partial_of(path)):
        remove_folder(stray)
