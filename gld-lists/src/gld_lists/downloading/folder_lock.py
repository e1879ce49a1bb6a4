"""A lock that keeps two downloads out of the same folder."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gld_shared.errors import DataError

from gld_lists.downloading.transfer import disk


@contextmanager
def lock_folder(folder: Path) -> Iterator[None]:
    """Create and lock the folder. Raises DataError when another process downloads into it."""
    with disk(folder):
        folder.mkdir(parents=True, exist_ok=True)
        stream = (folder / ".download.lock").open("w")
    with stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DataError(
                f"{folder}: another download writes here; wait until it ends, or name another "
                "folder"
            ) from error
        yield
