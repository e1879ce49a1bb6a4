"""The lock of a run folder, so that one run at a time works on an output."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from gld_shared.errors import DataError
from gld_shared.file_lock import locked

from gld_train.output_check import refuse_unwritable
from gld_train.run_folder.folder import RunFolder


@contextmanager
def lock_run(folder: RunFolder, output: Path) -> Iterator[None]:
    """Make the run folder of ``output``, and keep other processes out of it for the block.

    When the block fails before the first step of a run, the folder is removed. Raises DataError if
    another process is in it, and when the output cannot be written.
    """
    try:
        with _locked(folder, output):
            try:
                refuse_unwritable(output)
                yield
            except BaseException:
                folder.remove_unless_begun()
                raise
    finally:
        # Fails unless the folder is empty.
        with suppress(OSError):
            folder.path.rmdir()


def tidy_finished(folder: RunFolder, output: Path, settings: dict[str, Any]) -> None:
    """Remove what a process killed after its checkpoint has left, and restore damaged settings.

    Nothing changes while another process is in the folder, or if it cannot be written.
    """
    with suppress(DataError, OSError):
        damaged = folder.settings.are_damaged()
        if damaged or folder.states() or folder.lock.exists():
            with _locked(folder, output):
                folder.clear_states()
                if damaged:
                    folder.settings.restore(settings)


@contextmanager
def _locked(folder: RunFolder, output: Path) -> Iterator[None]:
    busy = f"{output}: another process is training it; wait until it ends, or choose another output"
    with ExitStack() as stack:
        try:
            folder.path.mkdir(parents=True, exist_ok=True)
            try:
                stack.enter_context(locked(folder.lock, busy))
            except FileNotFoundError:
                # A process that failed before its first step has just removed the folder.
                folder.path.mkdir(exist_ok=True)
                stack.enter_context(locked(folder.lock, busy))
        except OSError as error:
            raise DataError(f"{folder.path}: cannot be made: {error.strerror}") from error
        yield
