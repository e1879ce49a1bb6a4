"""Joining the processes that make an output, and cleaning up after them."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Protocol, TypeVar

from gld_shared.errors import EmptyResult
from gld_shared.store.layout import partial_of
from gld_shared.unfinished_names import remove_dead
from gld_shared.work.claims import CLAIMS, FINISH, Claims
from gld_shared.work.units import Output
from gld_shared.work.work_folder import make_work_folder, remove_work_folder, work_folder


class RemovableOutput(Output, Protocol):
    """An output that can be abandoned before it is finished."""

    def exists(self) -> bool:
        """Return whether the output still has the name under which it was opened."""

    def remove(self) -> None:
        """Remove the unfinished output."""


Opened = TypeVar("Opened", bound=RemovableOutput)


@contextmanager
def sharing(
    path: Path, begin: Callable[[], Opened], notes: str = ""
) -> Iterator[tuple[Opened, Claims]]:
    """Join the processes that make the output ``path``, which ``begin`` begins or resumes.

    Yields the output and the claims of its units. No process finishes the output while another one
    begins or opens it. When the block fails, the output is removed if no other process works on it,
    and if it is empty or the error is EmptyResult: otherwise a corrected list, or other settings,
    would be rejected as a mismatch with an output that has no content. Files in the work folder
    whose names match ``notes`` are about that output, and are removed with it. The work folder is
    removed when the output is finished, and when no process works on it and nothing is left in it.
    """
    # Claims come first: without them, a process that fails may remove the output just begun.
    with claims_of(path) as claims:
        claims.take(FINISH, wait=True)
        try:
            output = begin()
        finally:
            claims.give_back(FINISH)
        try:
            yield output, claims
        except BaseException as error:
            # No other process can join until the claims are closed.
            if claims.end_sharing() and _is_worthless(output, error):
                output.remove()
                _remove_notes(work_folder(path), notes)
            # Of processes that this one ended.
            remove_dead(partial_of(path))
            raise


@contextmanager
def claims_of(path: Path) -> Iterator[Claims]:
    """Open the claims on an output; the last process to close them tidies the work folder.

    Raises DataError when the work folder cannot be made, or is somebody else's.
    """
    with closing(_open_claims(path)) as claims:
        try:
            yield claims
        finally:
            # Other processes cannot open the claims now, and will find them removed.
            if claims.end_sharing() or not claims.has_locks:
                _tidy(work_folder(path), path.exists(), claims.has_locks)


def _tidy(folder: Path, finished: bool, is_own: bool) -> None:
    """Remove the work folder if the output is finished, or if the folder holds only claims.

    An empty note is a damaged one, and kept: its unit must be done again.
    """
    if finished or (is_own and all(file.name.endswith(CLAIMS) for file in folder.glob("*"))):
        remove_work_folder(folder)


def _remove_notes(folder: Path, notes: str) -> None:
    for note in folder.glob(notes) if notes else ():
        note.unlink(missing_ok=True)


def _open_claims(path: Path) -> Claims:
    while True:
        # The last process to leave may remove the folder, or the file just opened, in between.
        with suppress(FileNotFoundError):
            claims = Claims(make_work_folder(path) / CLAIMS)
            if claims.are_current():
                return claims
            claims.close()


def _is_worthless(output: RemovableOutput, error: BaseException) -> bool:
    if output.finished or not output.exists():
        return False
    if isinstance(error, EmptyResult):
        return True
    return not any(output.has_chunk(chunk) for chunk in range(output.chunks))
