"""The checksums of the copies in a folder, by which a later run finds the damaged ones.

``.gld-resize.checksums`` has a line for each copy: CRC-32, length in bytes, path. A run appends
lines; once it is complete, they are in order of the paths. A copy whose line is damaged is made
again.
"""

import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Lock
from typing import BinaryIO

import polars as pl
from gld_shared.files import atomic_file, writing

CHECKSUMS = ".gld-resize.checksums"
_LINE = r"^(?<checksum>[0-9a-f]{8} [0-9]+) (?<path>.+)$"


def checksum_of(data: bytes) -> str:
    """Return the CRC-32 and the length of a file's bytes, as text."""
    return f"{zlib.crc32(data):08x} {len(data)}"


class CopyChecksums:
    """The checksums of a folder's copies; any number of threads may add to them."""

    def __init__(self, file: Path, stack: ExitStack) -> None:
        """Use ``opened_checksums``."""
        self._file = file
        self._stack = stack
        self._lock = Lock()
        self._stream: BinaryIO | None = None

    def known(self, paths: pl.Series) -> pl.Series:
        """Return the checksums of paths, null where there is none. Memory: 100 bytes a copy."""
        found = paths.to_frame("path").join(
            _read(self._file), on="path", how="left", maintain_order="left"
        )
        return found["checksum"]

    def add(self, path: str, checksum: str) -> None:
        """Append the checksum of a copy, which replaces an earlier one."""
        with self._lock, writing(str(self._file)):
            if self._stream is None:
                self._stream = self._stack.enter_context(self._file.open("ab", buffering=0))
                self._stream.write(b"\n")  # the last line of a killed run may have no end
            self._stream.write(f"{checksum} {path}\n".encode())


@contextmanager
def opened_checksums(target: Path, paths: pl.Series) -> Iterator[CopyChecksums]:
    """Open the checksums of a folder, and put them in order when the block succeeds.

    Until then there is a copy of each of ``paths`` that can be made.
    """
    file = target / CHECKSUMS
    with ExitStack() as stack:
        yield CopyChecksums(file, stack)
    found = _read(file)
    # The path in a line that is damaged, or has no end, is that of no copy.
    others = found.filter(~pl.col("path").is_in(paths.implode()))["path"]
    absent = pl.Series([path for path in others if not _is_file(target / path)], dtype=pl.String)
    kept = found.filter(~pl.col("path").is_in(absent.implode()))
    ordered = kept.sort("path").select("checksum", "path")
    text = ordered.write_csv(include_header=False, separator=" ", quote_style="never").encode()
    if text and text != file.read_bytes():
        with atomic_file(file, sync=True) as stream:
            stream.write(text)


def _is_file(file: Path) -> bool:
    try:
        return file.is_file()
    except OSError:  # such as a name that is too long
        return False


def _read(file: Path) -> pl.DataFrame:
    """Read the columns ``checksum`` and ``path`` of all copies, the last one of each path."""
    text = file.read_bytes().decode(errors="replace") if file.is_file() else ""
    lines = pl.DataFrame({"line": [text]}).select(pl.col("line").str.split("\n").explode())
    parts = lines.select(pl.col("line").str.extract_groups(_LINE)).unnest("line").drop_nulls()
    return parts.unique("path", keep="last")
