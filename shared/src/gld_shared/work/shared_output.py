"""Joining the processes that make an output, and cleaning up after them."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Protocol, TypeVar

from gld_shared.errors import DataError
from gld_shared.work.claims import Claims
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

    Yields the output and the claims of its units. When the output is finished, its work folder is
    removed. When the block fails, the output is removed if it is empty and no other process works
    on it: otherwise a corrected list, or other settings, would be rejected as a mismatch with an
    output that has no content yet.
    """
    try:
        # Claims come first: without them, a process that fails may remove the output just begun.
        with closing(_open_claims(path)) as claims:
            output = begin()
            try:
                yield output, claims
            except BaseException:
                # No other process can join until the claims are closed.
                if claims.are_nobody_elses() and _is_empty(output):
                    output.remove()
                raise
    finally:
        if path.exists():
            shutil.rmtree(work_folder(path), ignore_errors=True)


def _open_claims(path: Path) -> Claims:
    folder = work_folder(path)
    while True:
        try:
            folder.mkdir(exist_ok=True)
        except OSError as error:
            raise DataError(f"{path}: cannot be written: {error.strerror}") from error
        # A process that has just finished the output may remove the folder in between.
        with suppress(FileNotFoundError):
            return Claims(folder / "claims")


def _is_empty(output: RemovableOutput) -> bool:
    if output.finished or not output.exists():
        return False
    return not any(output.has_chunk(chunk) for chunk in range(output.chunks))
