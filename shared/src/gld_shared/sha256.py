"""SHA-256 of files, of folders, and of compressed text."""

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from gld_shared.errors import DataError
from gld_shared.files import open_input

_READ_SIZE = 1 << 20


def _go_on() -> None:
    """Stop nothing."""


def sha256(path: str | Path, check: Callable[[], None] = _go_on) -> str:
    """Compute SHA-256 of a file's bytes, or of a folder's relative names and contents in order.

    ``check`` is called for each megabyte, and may raise an exception to stop. Raises DataError when
    there is no such file.
    """
    root = Path(path)
    if not root.exists():
        raise DataError(f"{path}: not found, so its sha256 cannot be computed")
    digest = hashlib.sha256()
    if root.is_file():
        _update_with_file(digest, root, check)
        return digest.hexdigest()
    for file in sorted(_files_in(root)):
        digest.update(os.fsencode(file.relative_to(root)) + b"\0")
        digest.update(file.stat().st_size.to_bytes(8, "big"))
        _update_with_file(digest, file, check)
    return digest.hexdigest()


def _files_in(folder: Path) -> Iterator[Path]:
    """Yield the files of a folder, also those in folders that are links."""
    for parent, _, names in os.walk(folder, followlinks=True):
        yield from (entry for name in names if (entry := Path(parent, name)).is_file())


def sha256_of_text(path: str | Path, check: Callable[[], None] = _go_on) -> str:
    """Compute SHA-256 of a text file's contents, unpacked; see ``open_input`` and ``sha256``."""
    digest = hashlib.sha256()
    with open_input(path) as stream:
        _update(digest, stream, check)
    return digest.hexdigest()


def _update_with_file(digest: "hashlib._Hash", file: Path, check: Callable[[], None]) -> None:
    with file.open("rb") as stream:
        _update(digest, stream, check)


def _update(digest: "hashlib._Hash", stream: BinaryIO, check: Callable[[], None]) -> None:
    while block := stream.read(_READ_SIZE):
        digest.update(block)
        check()
