"""SHA-256 of each chunk's file, computed by the process that writes the chunk.

Until the group is finished, a record lies beside the chunk: of ``c/7/0`` in ``c/7/0.sha256``. It
holds the chunk's CRC-32C checksum, its digest, that of the settings by which it was made, and a
checksum of these. It saves reading the chunk again, and tells the settings of a damaged
``zarr.json``. One that is missing, damaged or of another chunk is ignored.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gld_shared.errors import DataError
from gld_shared.files import atomic_file
from gld_shared.sha256 import sha256
from gld_shared.store.array_layout import ArrayLayout
from gld_shared.store.checksums import (
    CHECKSUM_BYTES,
    checksum,
    matches_checksum,
    stored_checksum,
)
from gld_shared.store.layout import RESTORE
from gld_shared.store.regular_files import read_regular

_ENDING = ".sha256"
_DIGEST_BYTES = 32
_BODY_BYTES = CHECKSUM_BYTES + 2 * _DIGEST_BYTES


@dataclass(frozen=True)
class Record:
    """The SHA-256 of a chunk's file, and of the settings by which it was made."""

    chunk: bytes
    settings: bytes


def write_record(file: Path, values: npt.NDArray[Any], end: bytes, settings: bytes) -> None:
    """Write the record of a chunk: of contiguous values, and the checksum at their end.

    It is not synced, as it can be spared.
    """
    digest = hashlib.sha256(values.data)
    digest.update(end)
    body = end + digest.digest() + settings
    with atomic_file(_record_of(file)) as stream:
        stream.write(body + _checksum(body))


def read_record(file: Path, restore: str = RESTORE) -> Record | None:
    """Read the record of a chunk; None if there is none, or it is damaged or of another chunk.

    Raises DataError when the chunk cannot be read, of which only the checksum is.
    """
    try:
        content = read_regular(_record_of(file), _BODY_BYTES + CHECKSUM_BYTES, restore)
    except DataError:
        return None
    body, end = content[:_BODY_BYTES], content[_BODY_BYTES:]
    if len(body) != _BODY_BYTES or _checksum(body) != end:
        return None
    if body[:CHECKSUM_BYTES] != stored_checksum(file, restore):
        return None
    digests = body[CHECKSUM_BYTES:]
    return Record(digests[:_DIGEST_BYTES], digests[_DIGEST_BYTES:])


def chunk_digest(file: Path, layout: ArrayLayout) -> str:
    """Return the digest of a chunk's file, which is read if there is no record of it.

    Raises DataError when such a chunk does not match its checksum, or cannot be read.
    """
    record = read_record(file, layout.restore)
    if record is not None:
        return record.chunk.hex()
    if not matches_checksum(file, layout.restore):
        raise DataError(
            f"{file}: damaged, its checksum does not match; run the same command again, which "
            "makes it again"
        )
    return sha256(file)


def _record_of(file: Path) -> Path:
    return file.with_name(file.name + _ENDING)


def _checksum(data: bytes) -> bytes:
    return checksum(np.frombuffer(data, np.uint8))
