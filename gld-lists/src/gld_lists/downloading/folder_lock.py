"""A lock that keeps two downloads out of the same folder."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from gld_shared.file_lock import locked

from gld_lists.downloading.transfer import disk


@contextmanager
def lock_folder(folder: Path) -> Iterator[None]:
    """Create and lock the folder. Raises DataError when another process downloads into it."""
    busy = f"{folder}: another download writes here; wait until it ends, or name another folder"
    with ExitStack() as stack:
        with disk(folder):
            folder.mkdir(parents=True, exist_ok=True)
            stack.enter_context(locked(folder / ".download.lock", busy))
        yield
