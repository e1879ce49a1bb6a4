"""The members of a tar archive, read from its headers; archives may be damaged or hostile."""

import os
import tarfile
from collections.abc import Iterator
from typing import BinaryIO, cast

from gld_shared.errors import DataError

# A member has one header of 512 bytes; long names and pax's attributes add some hundreds.
_MOST_HEADER_BYTES = 1 << 20


class BrokenTarError(Exception):
    """An archive is cut short, damaged, or no plain tar; the message says where."""


def read_members(stream: BinaryIO) -> Iterator[tarfile.TarInfo]:
    """Yield all members of a tar, seeking over their contents.

    The content of each lies in the archive, after that of the one before. Raises BrokenTarError.
    Memory: one member, at most 1 MB of headers.
    """
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    headers = _Headers(stream)
    tar = _open(headers)
    end = 0
    while (member := _next(tar, headers, end)) is not None:
        tar.members.clear()  # type: ignore[attr-defined]  # or it keeps all
        name = f"member {member.name} at byte {member.offset}"
        if member.size < 0:
            raise BrokenTarError(f"{name} has a negative size")
        # The size of a sparse member is that of the file, of which the archive lacks the holes.
        is_whole = member.isreg() and member.sparse is None
        if max(tar.offset, member.offset_data + member.size * is_whole) > size:
            raise BrokenTarError(
                f"{name} has a size of {member.size} bytes and leaves the archive of {size} bytes"
            )
        if tar.offset <= end:
            raise BrokenTarError(f"{name} does not follow the member before it")
        end = tar.offset
        yield member
    stream.seek(tar.offset)
    if stream.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):
        raise BrokenTarError(f"no end of archive at byte {tar.offset}")


def _open(headers: "_Headers") -> tarfile.TarFile:
    try:
        return tarfile.open(fileobj=cast(BinaryIO, headers), mode="r:")
    except (OSError, DataError):
        raise
    except Exception as error:  # tarfile raises any on malformed headers
        raise BrokenTarError(_reason(error, 0)) from error


def _next(tar: tarfile.TarFile, headers: "_Headers", at: int) -> tarfile.TarInfo | None:
    headers.left = _MOST_HEADER_BYTES
    try:
        return tar.next()
    except (OSError, DataError):
        raise
    except Exception as error:  # tarfile raises any on malformed headers
        raise BrokenTarError(_reason(error, at)) from error


def _reason(error: Exception, at: int) -> str:
    what = error if isinstance(error, tarfile.TarError) else "a damaged header"
    return f"{what} at byte {at}"


class _Headers:
    """A stream that gives up where tarfile would read without end, or as much as a header says."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.left = _MOST_HEADER_BYTES
        self._has_ended = False

    def read(self, size: int) -> bytes:
        if not 0 <= size <= self.left:
            raise tarfile.ReadError(f"a header of more than {_MOST_HEADER_BYTES} bytes")
        self.left -= size
        data = self._stream.read(size)
        if size and not data and self._has_ended:
            raise tarfile.ReadError("unexpected end of data")
        self._has_ended = bool(size) and not data
        return data

    def seek(self, place: int) -> int:
        if place < 0:
            raise tarfile.ReadError("a negative size")
        return self._stream.seek(place)

    def tell(self) -> int:
        return self._stream.tell()
