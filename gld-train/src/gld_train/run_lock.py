"""The lock of a run folder, so that one run at a time works on an output."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from gld_shared.errors import DataError
from gld_shared.file_lock import locked


@contextmanager
def lock_run(folder: Path, output: Path) -> Iterator[None]:
    """Make the run folder of ``output``, and keep other processes out of it for the block.

    Raises DataError if another process is in it.
    """
    busy = f"{output}: another process is training it; wait until it ends, or choose another output"
    with ExitStack() as stack:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            stack.enter_context(locked(folder / "lock", busy))
        except OSError as error:
            raise DataError(f"{folder}: cannot be made: {error.strerror}") from error
        yield
