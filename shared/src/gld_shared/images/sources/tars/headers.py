"""The table of a tar archive: each file's offset and size, each link's target."""

import hashlib
import json
import os
import posixpath
import sys
import tarfile
from array import array
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from gld_shared.images.sources.base import SourceError
from gld_shared.images.sources.tars.members import BrokenTarError, read_members
from gld_shared.json_parser import json_value

# 24 bytes a member, whatever its name.
MEMBER = np.dtype([("key", "<u8"), ("start", "<i8"), ("size", "<i8")])
# The start of a link, whose size is the number of its target.
LINK = -1
# The start of a sparse member, of which only parts are in the archive.
SPARSE = -2
_FORMAT = "gld-tar/3"


@dataclass(frozen=True)
class Members:
    """A tar's files and links: rows of MEMBER sorted by key, and the links' targets.

    A target is the path of a member, from the top of the archive.
    """

    rows: npt.NDArray[Any]
    targets: list[str]

    def save(self, stream: BinaryIO) -> None:
        """Write the table to a file."""
        text = np.frombuffer(json.dumps(self.targets).encode(), np.uint8)
        np.savez(stream, rows=self.rows, targets=text)

    @classmethod
    def load(cls, file: Path) -> "Members":
        """Read the table from a file."""
        with np.load(file) as saved:
            targets = json_value(saved["targets"].tobytes(), list[str], maximum_bytes=sys.maxsize)
            return cls(saved["rows"], targets)


def key_of(path: str) -> int:
    """Hash a path to 64 bits; any two of 5 million paths collide with a probability of 1e-6."""
    name = posixpath.normpath(path).encode(errors="surrogateescape")
    return int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), "little")


def scan_members(stream: BinaryIO, name: str) -> Members:
    """Return the regular files and the links in a tar by its headers, seeking over their contents.

    Of several members with one name, the last counts, as when a tar is unpacked. Raises SourceError
    naming the archive if it is truncated or not a plain tar. Memory: 24 bytes a member, and the
    targets of the links.
    """
    keys, starts, sizes = array("Q"), array("q"), array("q")
    targets: list[str] = []
    try:
        for member in read_members(stream):
            if member.isreg():
                is_whole = member.sparse is None
                place = (member.offset_data if is_whole else SPARSE, member.size)
            elif (member.islnk() or member.issym()) and "\0" not in member.linkname:
                place = (LINK, len(targets))
                targets.append(_target(member))
            else:
                continue
            keys.append(key_of(member.name))
            starts.append(place[0])
            sizes.append(place[1])
    except BrokenTarError as error:
        raise SourceError(
            f"{name}: not a whole, plain tar archive: {error}; fetch or make it again"
        ) from error
    return Members(_sorted(keys, starts, sizes), targets)


def _target(link: tarfile.TarInfo) -> str:
    """Return the path that a link names; a symbolic link's target is relative to its folder."""
    folder = posixpath.dirname(link.name) if link.issym() else ""
    return posixpath.normpath(posixpath.join(folder, link.linkname))


def _sorted(keys: "array[int]", starts: "array[int]", sizes: "array[int]") -> npt.NDArray[Any]:
    members = np.empty(len(keys), MEMBER)
    # Reversed, because np.unique returns the first of equal keys.
    for column, values in zip(("key", "start", "size"), (keys, starts, sizes), strict=True):
        members[column] = np.asarray(values)[::-1]
    _, first = np.unique(members["key"], return_index=True)
    return members[first]


def file_of(folder: Path, name: str, size: int, mark: str) -> Path:
    """Return the file for the table of a tar; its name changes when the tar does."""
    identity = os.fsencode("\n".join((_FORMAT, name, str(size), mark)))
    return folder / f"tar-{hashlib.blake2b(identity, digest_size=16).hexdigest()}.npz"
