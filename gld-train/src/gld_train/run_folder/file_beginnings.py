"""The files on which a training state relies: sizes and SHA-256, taken when the state is saved."""

import hashlib
import os
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

Beginnings = Mapping[str, Mapping[str, Any]]


def beginnings_of(files: Iterable[Path]) -> dict[str, dict[str, Any]]:
    """Return size and SHA-256 of each file that exists, by its name; the files are synced first.

    Later steps may append to a file: it is whole as long as it begins with these bytes.
    """
    found = {}
    for file in files:
        if file.exists():
            _sync(file)
            status = file.stat()
            digest = _digest_of(file, status.st_size, status.st_mtime_ns)
            found[file.name] = {"bytes": status.st_size, "sha256": digest}
    return found


def first_damaged(folder: Path, beginnings: Beginnings) -> Path | None:
    """Return the first file that no longer begins with its bytes; a missing one is not damaged."""
    for name, beginning in beginnings.items():
        file = folder / name
        if file.exists() and _digest(file, beginning["bytes"]) != beginning["sha256"]:
            return file
    return None


@lru_cache(maxsize=1024)
def _digest_of(file: Path, size: int, changed: int) -> str:
    """Compute the digest of an unchanged file once: those of kept epochs are large."""
    return _digest(file, size)


def _digest(file: Path, size: int) -> str:
    """Compute SHA-256 of a file's first bytes; a shorter file has that of all its bytes."""
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while size > 0 and (block := stream.read(min(size, 1 << 20))):
            digest.update(block)
            size -= len(block)
    return digest.hexdigest()


def _sync(file: Path) -> None:
    with file.open("rb") as stream:
        os.fsync(stream.fileno())
