"""An attempt: a command line, and the files that are changed before the command runs."""

import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

Clean = Mapping[str, bytes]


@dataclass(frozen=True)
class Command:
    """A command line that succeeds on the clean files of a reader.

    ``outputs`` are the files and folders that it may leave after a success, ``kept`` those that it
    may leave after a failure, for the next run to resume from. ``$NAME`` in an argument is an
    environment variable.
    """

    arguments: tuple[str, ...]
    outputs: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


@dataclass(frozen=True)
class Change:
    """New bytes of a file, or a special file in its place."""

    data: bytes = b""
    special: str = ""

    def apply(self, file: Path) -> None:
        """Put the changed file in place of the clean one."""
        remove(file)
        file.parent.mkdir(parents=True, exist_ok=True)
        if self.special:
            SPECIAL_FILES[self.special](file)
        else:
            file.write_bytes(self.data)


@dataclass(frozen=True)
class Attempt:
    """Changed files by name, and the command that reads them.

    If ``protected``, checksums cover the changed bytes: a success must give the clean result.
    ``inputs`` is the number of inputs that the attempt counts as.
    """

    command: Command
    changes: Mapping[str, Change] = field(default_factory=dict)
    protected: bool = False
    inputs: int = 1


SPECIAL_FILES: dict[str, Callable[[Path], object]] = {
    "missing": lambda file: None,
    "folder": lambda file: file.mkdir(),
    "fifo": lambda file: os.mkfifo(file),
    "link to /dev/zero": lambda file: file.symlink_to("/dev/zero"),
    "link to itself": lambda file: file.symlink_to(file.name),
    "link to nothing": lambda file: file.symlink_to("nothing"),
    "20 GB of zeros": lambda file: _sparse(file, 20 << 30),
}


def _sparse(file: Path, size: int) -> None:
    with file.open("wb") as stream:
        stream.truncate(size)


def remove(path: Path) -> None:
    """Remove a file, a link or a folder, if there is one."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def read_files(folder: Path) -> dict[str, bytes]:
    """Return the bytes of all files below a folder, by name."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def names_below() -> set[str]:
    """Return the names of all files and folders below the current folder."""
    found: set[str] = set()
    for folder, folders, files in os.walk("."):
        found.update(f"{folder}/{name}"[2:] for name in (*folders, *files))
    return found
