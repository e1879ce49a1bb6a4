"""The error that users are meant to read."""

from collections.abc import Sequence
from pathlib import Path


class DataError(Exception):
    """Data or a run failed: the message is one line naming file, place, expectation and remedy.

    A command prints it as ``Error: ...`` and exits with 1, without a traceback.
    """


class EmptyResult(DataError):
    """No result can be made from the input, so what exists so far is useless."""


def cannot_write(path: str | Path, error: OSError) -> DataError:
    """Return the error of an output that could not be made: the folder to hold it may be missing.

    A link is followed, because its target is what is written.
    """
    if isinstance(error, FileNotFoundError):
        folder = Path(path).resolve().parent if Path(path).is_symlink() else Path(path).parent
        if not folder.is_dir():
            return DataError(f"{path}: cannot be written: there is no folder {folder}; make it")
    return DataError(f"{path}: cannot be written: {error.strerror}")


def replaced(path: str | Path) -> DataError:
    """Return the error of an input that has other contents now than when it was first opened."""
    return DataError(
        f"{path}: was replaced since it was opened; open it again, or run the same command again"
    )


def listed(names: Sequence[str]) -> str:
    """Join names, for messages: ``a, b and c``."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def first_few(names: Sequence[str], separator: str = ", ", few: int = 5) -> str:
    """Join the first names, for messages, and count the others: ``a, b and 3 more``."""
    more = f" and {len(names) - few} more" if len(names) > few else ""
    return separator.join(names[:few]) + more
