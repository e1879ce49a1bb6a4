"""Creating an empty group, which one of many processes does for all."""

import shutil
from collections.abc import Callable
from pathlib import Path

from gld_shared.errors import DataError, cannot_write
from gld_shared.files import sync_folder
from gld_shared.store.layout import METADATA, partial_of
from gld_shared.unfinished_names import names_beside, new_folder_beside, remove_folder


def exists(folder: Path) -> bool:
    """Return whether a folder holds a group, finished or not."""
    return (folder / METADATA).exists()


def refuse_taken(path: str | Path) -> None:
    """Raise DataError if there is a group of this name, finished or not, or anything else."""
    for taken in (Path(path), partial_of(Path(path))):
        if taken.exists():
            raise DataError(f"{taken}: exists; choose another name, or move this one away")


def create(path: Path, write_empty: Callable[[Path], object]) -> None:
    """Create the ``.partial`` of a group, unless another process does so first.

    ``write_empty`` writes to an empty folder what the group has before its first chunk. Raises
    DataError when it cannot be written.
    """
    partial = partial_of(path)
    try:
        with new_folder_beside(partial) as beside:
            write_empty(beside)
            sync_folder(beside)
            # While the folder is locked: its lock tells other processes that it is no leftover.
            beside.rename(partial)
        # Other processes may have finished the group in the meantime.
        if exists(path):
            shutil.rmtree(partial)
    except OSError as error:
        # The rename fails if another process was first, because its folder is not empty.
        if not (exists(partial) or exists(path)):
            raise cannot_write(partial, error) from error


def remove_strays(path: Path) -> None:
    """Remove the folders of processes that were killed while they created this group."""
    for stray in names_beside(partial_of(path)):
        remove_folder(stray)
