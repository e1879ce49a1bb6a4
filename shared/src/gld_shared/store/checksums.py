"""CRC-32C checksums of chunks, which Zarr's codec ``crc32c`` appends to a chunk's bytes."""

import os
from pathlib import Path
from typing import Any

import google_crc32c
import numpy as np
import numpy.typing as npt

CHECKSUM_BYTES = 4


def checksum(data: npt.NDArray[Any]) -> bytes:
    """Compute the checksum of an array's bytes, as it is stored: little-endian."""
    data = np.ascontiguousarray(data).reshape(-1).view(np.uint8)
    return int(google_crc32c.value(data)).to_bytes(CHECKSUM_BYTES, "little")


def stored_checksum(file: Path) -> bytes:
    """Read the checksum at the end of a chunk's file, which may be damaged. Raises OSError."""
    descriptor = os.open(file, os.O_RDONLY)
    try:
        size = os.fstat(descriptor).st_size
        return os.pread(descriptor, CHECKSUM_BYTES, max(size - CHECKSUM_BYTES, 0))
    finally:
        os.close(descriptor)


def matches_checksum(file: Path) -> bool:
    """Return whether a chunk's file matches the checksum at its end, which reads all of it."""
    data = np.fromfile(file, np.uint8)
    return checksum(data[:-CHECKSUM_BYTES]) == data[-CHECKSUM_BYTES:].tobytes()
