"""The layout of an array of a group: shapes, codecs and the names of the chunks' files."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from gld_shared.errors import replaced
from gld_shared.store.checksums import CHECKSUM_BYTES
from gld_shared.store.layout import METADATA, RESTORE
from gld_shared.store.regular_files import unreadable

Stamp = tuple[int, int]
Codec = tuple[str, dict[str, Any]]
_CHECKSUM: Codec = ("crc32c", {})
# The codec that turns an array into bytes. Any codec after it but a checksum is another layout.
_OF_TEXT: Codec = ("vlen-utf8", {})
_OF_NUMBERS: Codec = ("bytes", {"endian": "little"})


@dataclass(frozen=True)
class ArrayLayout:
    """The layout of an array in ``folder``, from its ``zarr.json``.

    ``chunk_shape`` is that of the files: of the shards, if there are any. ``keys`` are the name
    and the separator of Zarr's chunk key encoding. ``stamp`` tells its ``zarr.json`` from that of
    another array. ``restore`` is the remedy when it is damaged.
    """

    folder: Path
    shape: tuple[int, ...]
    chunk_shape: tuple[int, ...]
    data_type: str
    codecs: tuple[Codec, ...]
    keys: tuple[str, str]
    stamp: Stamp
    restore: str = RESTORE

    @property
    def name(self) -> str:
        """Its name in the group, such as ``ids``, which are text; all others are numbers."""
        return self.folder.name

    @property
    def is_plain(self) -> bool:
        """True for gld's own layout: a file holds the plain bytes of a chunk.

        Only a checksum may follow them. Other codecs, shards and names of files are left to Zarr.
        """
        serializer = _OF_TEXT if self.name == "ids" else _OF_NUMBERS
        return (
            self.codecs in ((serializer,), (serializer, _CHECKSUM))
            and self.keys == ("default", "/")
            and self.chunk_shape[1:] == self.shape[1:]
            and self.data_type != "fixed_length_utf32"
        )

    @property
    def has_checksums(self) -> bool:
        """True if Zarr's codec ``crc32c`` is the last of the codecs."""
        return self.codecs[-1] == _CHECKSUM

    @property
    def checksum_bytes(self) -> int:
        """The bytes of the checksum at the end of a chunk's file."""
        return CHECKSUM_BYTES if self.has_checksums else 0

    @property
    def value_bytes(self) -> int:
        """The bytes of a value before any codec; of an id, those of an empty one."""
        return 4 if self.name == "ids" else np.dtype(self.data_type).itemsize

    @property
    def chunks(self) -> tuple[int, ...]:
        """The number of chunks along each dimension."""
        pairs = zip(self.shape, self.chunk_shape, strict=True)
        return tuple(-(-length // chunk) for length, chunk in pairs)

    def check_unchanged(self) -> None:
        """Raise DataError if another group has the name now: its chunks are not this one's."""
        try:
            stamp = stamp_of(self.folder / METADATA)
        except OSError as error:
            raise unreadable(self.folder / METADATA, error, self.restore) from error
        if stamp != self.stamp:
            raise replaced(self.folder.parent)

    def file(self, *position: int) -> Path:
        """Return the file of the chunk at a position, which has an index for each dimension."""
        encoding, separator = self.keys
        parts = [*(["c"] if encoding == "default" else []), *map(str, position)]
        return self.folder / separator.join(parts)

    def files(self) -> Iterator[Path]:
        """Return the file of each chunk in order, whether it exists or not."""
        return (self.file(*position) for position in product(*map(range, self.chunks)))


def stamp_of(file: Path) -> Stamp:
    """Return inode and time of a file, which no file that takes its place has."""
    status = file.stat()
    return status.st_ino, status.st_mtime_ns
