"""Joining the processes that make an output, and cleaning up after them."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Protocol, TypeVar

from gld_shared.errors import DataError
from gld_shared.work.claims import CLAIMS, Claims
from gld_shared.work.units import Output


class RemovableOutput(Output, Protocol):
    """An output that can be abandoned before it is finished."""

    def exists(self) -> bool:
        """Return whether the output still has the name under which it was opened."""

    def remove(self) -> None:
        """Remove the unfinished output."""


Opened = TypeVar("Opened", bound=RemovableOutput)


def work_folder(output: Path) -> Path:
    """Return ``X.zarr.work``, where the processes that make ``X.zarr`` keep claims and notes."""
    return output.with_name(f"{output.name}.work")


@contextmanager
def sharing(path: Path, begin: Callable[[], Opened]) -> Iterator[tuple[Opened, Claims]]:
    """Join the processes that make the output ``path``, which ``begin`` begins or resumes.

    Yields the output and the claims of its units. When the block fails, the output is removed if it
    is empty and no other process works on it: otherwise a corrected list, or other settings, would
    be rejected as a mismatch with an output that has no content yet. The work folder is removed
    when the output is finished, and when no process works on it and nothing is noted in it.
    """
    # Claims come first: without them, a process that fails may remove the output just begun.
    with _claims_of(path) as claims:
        output = begin()
        try:
            yield output, claims
        except BaseException:
            # No other process can join until the claims are closed.
            if claims.are_nobody_elses() and _is_empty(output):
                output.remove()
            raise


@contextmanager
def _claims_of(path: Path) -> Iterator[Claims]:
    folder = work_folder(path)
    try:
        with closing(_open_claims(path)) as claims:
            try:
                yield claims
            finally:
                if claims.are_nobody_elses():
                    _empty_without_notes(folder)
    finally:
        if path.exists():
            shutil.rmtree(folder, ignore_errors=True)
        # Fails if the folder holds notes, or claims of another process.
        with suppress(OSError):
            folder.rmdir()


def _empty_without_notes(folder: Path) -> None:
    """Remove the files of a work folder if all are claims.

    A note that is empty is a damaged one, which tells that its unit must be done again.
    """
    files = list(folder.glob("*"))
    if all(file.name.endswith(CLAIMS) for file in files):
        for file in files:
            file.unlink()


def _open_claims(path: Path) -> Claims:
    folder = work_folder(path)
    while True:
        try:
            folder.mkdir(exist_ok=True)
        except OSError as error:
            raise DataError(f"{path}: cannot be written: {error.strerror}") from error
        # The last process to leave may remove the folder, or the file just opened, in between.
        with suppress(FileNotFoundError):
            claims = Claims(folder / CLAIMS)
            if claims.are_current():
                return claims
            claims.close()


def _is_empty(output: RemovableOutput) -> bool:
    if output.finished or not output.exists():
        return False
    return not any(output.has_chunk(chunk) for chunk in range(output.chunks))
