"""Reading and writing files so that what stands under a final name is always whole."""

import gzip
import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from gld_shared.errors import DataError

STDIO = "-"
_READ_SIZE = 1 << 20


@contextmanager
def open_input(source: str | Path) -> Iterator[BinaryIO]:
    """Open a file for reading bytes; ``-`` is standard input, ``.gz`` is unpacked on the fly.

    Raises DataError when the file is missing or is a folder.
    """
    if str(source) == STDIO:
        yield sys.stdin.buffer
        return
    try:
        stream = Path(source).open("rb")  # noqa: SIM115  (closed below; only opening is tried)
    except OSError as error:
        raise DataError(f"{source}: cannot be read: {error.strerror}") from error
    with stream:
        if str(source).endswith(".gz"):
            with gzip.open(stream) as unpacked:
                yield cast(BinaryIO, unpacked)
        else:
            yield stream


@contextmanager
def open_output(target: str | Path) -> Iterator[BinaryIO]:
    """Open a file for writing bytes, whole or not at all; ``-`` is standard output.

    The bytes go to a temporary file in the same folder, which is synced and renamed when the block
    ends well and removed when it does not. Raises DataError when the folder cannot be written.
    """
    if str(target) == STDIO:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    final = Path(target)
    if final.is_dir():
        raise DataError(f"{target}: cannot be written: it is a folder, expected a file's name")
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{final.name}.", dir=final.parent)
    except OSError as error:
        raise DataError(f"{target}: cannot be written: {error.strerror}") from error
    try:
        with os.fdopen(descriptor, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        # mkstemp makes private files; an output gets the permissions that open() would give.
        Path(name).chmod(0o666 & ~_umask())
        Path(name).replace(final)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _umask() -> int:
    """The process's permission mask, which can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def replace_folder(partial: Path, final: Path) -> None:
    """Give a finished folder its final name; a folder that stood there before is replaced.

    The old folder is moved aside first, so at no moment does half of it stand under the name.
    """
    if not final.exists():
        partial.rename(final)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{final.name}.old.", dir=final.parent))
    final.rename(old / final.name)
    partial.rename(final)
    shutil.rmtree(old)


def sha256(path: str | Path) -> str:
    """SHA-256 of a file's bytes, or of a folder's relative names and contents in sorted order.

    Raises DataError when there is no such file.
    """
    root = Path(path)
    if not root.exists():
        raise DataError(f"{path}: not found, so its sha256 cannot be computed")
    digest = hashlib.sha256()
    if root.is_file():
        _update_with_file(digest, root)
        return digest.hexdigest()
    for file in sorted(entry for entry in root.rglob("*") if entry.is_file()):
        digest.update(file.relative_to(root).as_posix().encode() + b"\0")
        digest.update(file.stat().st_size.to_bytes(8, "big"))
        _update_with_file(digest, file)
    return digest.hexdigest()


def _update_with_file(digest: "hashlib._Hash", file: Path) -> None:
    with file.open("rb") as stream:
        while block := stream.read(_READ_SIZE):
            digest.update(block)
