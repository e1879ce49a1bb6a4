"""CRC-32C checksums of chunks, which Zarr's codec ``crc32c`` appends to a chunk's bytes."""

import os
from pathlib import Path
from typing import Any

import google_crc32c
import numpy as np
import numpy.typing as npt

from gld_shared.store.layout import RESTORE
from gld_shared.store.regular_files import unreadable

CHECKSUM_BYTES = 4


def checksum(data: npt.NDArray[Any]) -> bytes:
    """Compute the checksum of an array's bytes, as it is stored: little-endian."""
    data = np.ascontiguousarray(data).reshape(-1).view(np.uint8)
    return int(google_crc32c.value(data)).to_bytes(CHECKSUM_BYTES, "little")


def stored_checksum(file: Path, restore: str = RESTORE) -> bytes:
    """Read the checksum at the end of a chunk's file, which may be damaged.

    Raises DataError when it cannot be read.
    """
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK)
        try:
            size = os.fstat(descriptor).st_size
            return os.pread(descriptor, CHECKSUM_BYTES, max(size - CHECKSUM_BYTES, 0))
        finally:
            os.close(descriptor)
    except OSError as error:
        raise unreadable(file, error, restore) from error


def matches_checksum(file: Path, restore: str = RESTORE) -> bool:
    """Return whether a chunk's file matches the checksum at its end, which reads all of it.

    Raises DataError when it cannot be read. Memory: none, the file is mapped.
    """
    try:
        data = np.memmap(file, np.uint8, "r")
    except OSError as error:
        raise unreadable(file, error, restore) from error
    except ValueError:  # An empty file cannot be mapped.
        return False
    return checksum(data[:-CHECKSUM_BYTES]) == data[-CHECKSUM_BYTES:].tobytes()
