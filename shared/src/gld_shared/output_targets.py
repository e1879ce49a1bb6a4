"""What an output's path names: a file to replace, through its links, or a stream to write to."""

import os
import re
import stat
from contextlib import suppress
from pathlib import Path

from gld_shared.errors import DataError

STDIO = "-"
_DESCRIPTORS = re.compile(r"/dev/fd|/proc/\d+(/task/\d+)?/fd")
_MOST_LINKS = 40  # as the kernel


def output_name(target: str | Path) -> str:
    """Return the name of an output in messages: its path, or "standard output" for ``-``."""
    return "standard output" if str(target) == STDIO else str(target)


def is_stream(target: str | Path) -> bool:
    """Return whether an output is standard output, a descriptor, a device or a pipe.

    Such an output is no file to replace, and nothing can be beside it: a file renamed to /dev/null
    would take the device's place.
    """
    if str(target) == STDIO or descriptor_of(target) is not None:
        return True
    path = Path(target)
    return path.exists() and not path.is_file() and not path.is_dir()


def refuse_other_than_folder(target: str | Path) -> None:
    """Raise DataError if a folder to write has the name of a file, a device or a pipe."""
    try:
        mode = Path(target).stat().st_mode
    except OSError:  # There is nothing yet, or the one who writes reports it.
        return
    if not stat.S_ISDIR(mode):
        kind = "a file" if stat.S_ISREG(mode) else "a device or a pipe"
        raise DataError(f"{target}: is {kind}, expected a folder's name; give another")


def descriptor_of(target: str | Path) -> int | None:
    """Return N for ``/dev/fd/N``, ``/dev/stdout`` and other links to a descriptor; else None.

    The descriptor itself is written to, whatever it is open on: opening the path again would
    truncate a file that the shell opened for appending.
    """
    path = Path(target)
    for _ in range(_MOST_LINKS):
        folder = os.path.realpath(path.parent)
        if path.name.isdecimal() and _DESCRIPTORS.fullmatch(folder):
            return int(path.name)
        if not path.is_symlink():
            return None
        path = Path(folder, path.readlink())
    return None


def followed(target: Path) -> Path:
    """Return what a link points to in the end, whether that exists or not; else ``target`` itself.

    Raises OSError when links form a circle.
    """
    if not target.is_symlink():
        return target
    with suppress(FileNotFoundError):
        target.stat()
    return Path(os.path.realpath(target))
