"""Reading the headers of a tar archive: the offset and size of each file."""

import hashlib
import posixpath
import tarfile
from array import array
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from gld_shared.images.sources.base import SourceError

# A table of members, sorted by key: 24 bytes each, whatever the name.
MEMBER = np.dtype([("key", "<u8"), ("start", "<i8"), ("size", "<i8")])
Members = npt.NDArray[Any]


def key_of(path: str) -> int:
    """Hash a path to 64 bits; any two of 5 million paths collide with a probability of 1e-6."""
    name = posixpath.normpath(path).encode(errors="surrogateescape")
    return int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), "little")


def scan_members(stream: BinaryIO, name: str) -> Members:
    """Return the regular files in a tar by its headers, seeking over their contents.

    Of several members with one name, the last counts, as when a tar is unpacked. Raises SourceError
    naming the archive if it is truncated or not a plain tar. Memory: 24 bytes a member.
    """
    keys, starts, sizes = array("Q"), array("q"), array("q")
    try:
        with tarfile.open(fileobj=stream, mode="r:") as tar:
            while (member := tar.next()) is not None:
                tar.members.clear()  # type: ignore[attr-defined]  # or it keeps all
                if member.isreg() and member.sparse is None:
                    keys.append(key_of(member.name))
                    starts.append(member.offset_data)
                    sizes.append(member.size)
            _refuse_cut(stream, tar.offset)
    except (tarfile.TarError, ValueError) as error:
        raise SourceError(
            f"{name}: not a whole, plain tar archive: {error}; fetch or make it again"
        ) from error
    return _sorted(keys, starts, sizes)


def _refuse_cut(stream: BinaryIO, end: int) -> None:
    """Raise ReadError unless a block of zeros ends the tar; tarfile does not insist on it."""
    stream.seek(end)
    if stream.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):
        raise tarfile.ReadError(f"no end of archive at byte {end}")


def _sorted(keys: "array[int]", starts: "array[int]", sizes: "array[int]") -> Members:
    members = np.empty(len(keys), MEMBER)
    # Reversed, because np.unique returns the first of equal keys.
    for column, values in zip(("key", "start", "size"), (keys, starts, sizes), strict=True):
        members[column] = np.asarray(values)[::-1]
    _, first = np.unique(members["key"], return_index=True)
    return members[first]


def file_of(folder: Path, name: str, size: int, mark: str) -> Path:
    """Return the file for the table of a tar; its name changes when the tar does."""
    identity = "\n".join((name, str(size), mark)).encode()
    return folder / f"tar-{hashlib.blake2b(identity, digest_size=16).hexdigest()}.npy"
