"""Errors that nobody foresaw: one line for the user that names the kind and the file at hand."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from gld_shared.errors import DataError
from gld_shared.limits import NO_PROCESS, NO_THREAD, is_write_error, refuses_thread, remedy_of
from gld_shared.out_of_memory import is_out_of_memory

STDOUT = "standard output"
_LINE_BREAK = re.compile(r"[ \t\r]*\n[ \t\r]*")
_NAMES_OF_FILES = ("path", "file", "source", "target", "url", "output")


class Fault(Exception):
    """A fault of gld itself; the message is one line that names the error and the file at hand."""


def is_panic(error: BaseException) -> bool:
    """Return whether an error is a panic of a library in Rust, which is not an ``Exception``."""
    return type(error).__name__ == "PanicException"


def readable(error: BaseException) -> DataError | Fault:
    """Return an error as users read it: DataError if data or the machine is the cause, else Fault.

    A DataError is returned as it is, or with the remedy for the machine's limit that caused it.
    """
    reason = one_line(error)
    if isinstance(error, DataError | Fault):
        # What follows a semicolon is a remedy already.
        remedy = "" if ";" in reason else remedy_of(error)
        return DataError(f"{reason}; {remedy}") if remedy else error
    place = file_at_hand(error)
    prefix = f"{place}: " if place else ""
    if isinstance(error, BlockingIOError) and error.filename is None:
        return DataError(f"{prefix}{NO_PROCESS}")
    if isinstance(error, OSError) and error.strerror:
        remedy = remedy_of(error)
        unnamed = STDOUT if is_write_error(error) else "file"
        named = f"{error.filename or place or unnamed}: {error.strerror}"
        return DataError(f"{named}; {remedy}" if remedy else named)
    if isinstance(error, EOFError):
        return DataError(f"{place or 'a file'}{':' if place else ' is'} cut short: {reason}")
    if refuses_thread(error):
        return DataError(f"{prefix}{NO_THREAD}")
    if is_out_of_memory(error):
        return DataError(
            f"{prefix}the memory is too small ({reason}); free memory, raise its limit "
            "(ulimit -v), or use a smaller input"
        )
    if remedy := remedy_of(error):
        return DataError(f"{prefix}{reason}; {remedy}")
    kind = type(error).__name__
    return Fault(f"{prefix}{kind}" + (f": {reason}" if reason != kind else ""))


def one_line(error: BaseException) -> str:
    """Return the message of an error on one line: its kind, if it has no message.

    Lines of a library's message, also inside that of the DataError that it caused, are joined; a
    line break in a DataError's own words is part of a name, and stays. A message that ends in
    another process's traceback is reduced to that traceback's last line.
    """
    text = str(error)
    if "Traceback (most recent call last)" in text:
        text = text.strip().rpartition("\n")[2]
    if not isinstance(error, DataError | Fault):
        return _joined(text) or type(error).__name__
    cause = error.__cause__
    while cause is not None:
        if str(cause) and not isinstance(cause, DataError | Fault):
            text = text.replace(str(cause), _joined(str(cause)))
        cause = cause.__cause__
    return text or type(error).__name__


def _joined(lines: str) -> str:
    return _LINE_BREAK.sub(" ", lines).strip()


def file_at_hand(error: BaseException) -> str:
    """Return the file that gld was working on when an error was raised, "" if none is known.

    It is looked for among the variables of gld's functions, the innermost first.
    """
    for frame in reversed(list(_frames(error))):
        module = str(frame.f_globals.get("__name__", ""))
        if module == "click.utils" and frame.f_locals.get("file") is sys.stdout:
            return STDOUT
        if module.startswith("gld_"):
            for name, value in frame.f_locals.items():
                if file := _file_in(name, value):
                    return file
    return ""


def _frames(error: BaseException) -> Iterator[FrameType]:
    step = error.__traceback__
    while step is not None:
        yield step.tb_frame
        step = step.tb_next


def _file_in(name: str, value: object) -> str:
    if name == "self":
        value = getattr(value, "__dict__", {}).get("path")
    if isinstance(value, Path):
        return str(value)
    return value if isinstance(value, str) and name in _NAMES_OF_FILES and value != "-" else ""
