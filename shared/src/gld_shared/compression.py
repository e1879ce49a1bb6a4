"""Compressed text: recognised by its first bytes when read, by the file's name when written."""

import gzip
import io
import os
import re
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePath
from typing import Any, BinaryIO, cast

from gld_shared.errors import DataError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_GZIP = re.compile(rb"\x1f\x8b")
# A frame of data, or a skippable frame, with which parallel compressors begin.
_ZSTD = re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18", re.DOTALL)
_LONGEST_MAGIC = 4
_NOT_WRITTEN = {".bz2", ".xz", ".lzma", ".lz4", ".br", ".z", ".zip", ".7z", ".rar", ".tgz"}
_BUFFER = 1 << 20
_GZIP_LEVEL = 6  # as the gzip command


def unpacked(stream: BinaryIO, name: str) -> BinaryIO:
    """Return the contents of a stream, whose first bytes tell whether it is gzip, zstd or plain.

    ``name`` is for messages. Reading raises DataError where compressed data are cut short or
    damaged. Memory: 1 MB, and the window of zstd.
    """
    start, whole = _peeked(stream)
    if _GZIP.match(start):
        return _checked(gzip.GzipFile(fileobj=whole), name, "gzip")
    if _ZSTD.match(start):
        return _checked(zstd.ZstdFile(whole), name, "zstd")
    return whole


@contextmanager
def packed(stream: BinaryIO, name: str) -> Iterator[BinaryIO]:
    """Compress what is written by gzip for a name in .gz, by zstd for .zst; else leave it plain.

    The same contents give the same bytes: the header holds no name and no time. Raises DataError
    as ``refuse_other_compression`` does.
    """
    refuse_other_compression(name)
    if name.lower().endswith(".gz"):
        with gzip.GzipFile("", "wb", _GZIP_LEVEL, stream, mtime=0) as file:
            yield cast(BinaryIO, file)
    elif name.lower().endswith(".zst"):
        options: dict[int, int] = {zstd.CompressionParameter.checksum_flag: 1}
        with zstd.ZstdFile(stream, "wb", options=options) as file:
            yield cast(BinaryIO, file)
    else:
        yield stream


def refuse_other_compression(name: str) -> None:
    """Raise DataError for a name whose ending stands for a compression that is not written."""
    ending = PurePath(name).suffix
    if ending.lower() in _NOT_WRITTEN:
        plain = name.removesuffix(ending)
        raise DataError(
            f"{name}: {ending} is not written; name it {plain}.gz or {plain}.zst for compressed "
            f"text, or {plain}"
        )


def _peeked(stream: BinaryIO) -> tuple[bytes, BinaryIO]:
    """Return the first bytes of a stream, and the stream with them."""
    start = stream.read(_LONGEST_MAGIC)
    return start, with_start(start, stream)


def with_start(start: bytes, stream: BinaryIO) -> BinaryIO:
    """Return a stream from before ``start``, the bytes that were just read from it."""
    if stream.seekable():
        stream.seek(-len(start), os.SEEK_CUR)
        return stream
    return io.BufferedReader(_Joined(start, stream), _BUFFER)


class _Joined(io.RawIOBase):
    """Bytes that were read from a pipe, then the rest of the pipe."""

    def __init__(self, start: bytes, rest: BinaryIO) -> None:
        self._start, self._rest = start, rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = min(len(self._start), len(buffer))
        if not count:
            return cast(io.BufferedReader, self._rest).readinto1(buffer)
        buffer[:count], self._start = self._start[:count], self._start[count:]
        return count

    def readall(self) -> bytes:
        start, self._start = self._start, b""
        return start + self._rest.read()


def _checked(file: "gzip.GzipFile | zstd.ZstdFile", name: str, form: str) -> BinaryIO:
    return io.BufferedReader(_Checked(file, name, form), _BUFFER)


class _Checked(io.RawIOBase):
    """The contents of a compressed file, with errors that name the file and the fault."""

    def __init__(self, file: "gzip.GzipFile | zstd.ZstdFile", name: str, form: str) -> None:
        self._file, self._name, self._form = file, name, form

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        with self._named_faults():
            return self._file.readinto(buffer)

    def readall(self) -> bytes:
        with self._named_faults():
            return self._file.read()

    @contextmanager
    def _named_faults(self) -> Iterator[None]:
        try:
            yield
        except EOFError as error:
            raise DataError(
                f"{self._name}: its {self._form} data end too early; the file is cut short, "
                "copy or make it again"
            ) from error
        except (gzip.BadGzipFile, zlib.error, zstd.ZstdError) as error:
            if "too much memory" in str(error):
                raise DataError(
                    f"{self._name}: its zstd data need a window beyond 128 MB; compress it again "
                    "without --long and --ultra"
                ) from error
            raise DataError(
                f"{self._name}: its {self._form} data are damaged ({error}); copy or make it again"
            ) from error
