"""One process at a time writes an index file, and none replaces a file that it has not read."""

from contextlib import AbstractContextManager
from pathlib import Path

from gld_shared.errors import DataError
from gld_shared.file_lock import locked
from gld_shared.store.array_layout import Stamp, stamp_of


def writing_alone(file: Path) -> AbstractContextManager[None]:
    """Keep other processes from writing an index file. Raises DataError while one does."""
    if not file.parent.is_dir():
        raise DataError(
            f"{file}: {file.parent} is not a folder; make it, or name another --index-file"
        )
    busy = f"{file}: another process writes it; wait until it ends, or name another --index-file"
    return locked(lock_of(file), busy)


def lock_of(file: Path) -> Path:
    """Return the file whose lock the process that writes an index file holds."""
    return file.with_name(f".{file.name}.lock")


def check_unchanged(file: Path, stamp: Stamp) -> None:
    """Raise DataError if another file has the name since its ``stamp`` was taken."""
    if not file.exists() or stamp_of(file) != stamp:
        raise DataError(
            f"{file}: another process has written it meanwhile; run the same command again"
        )
