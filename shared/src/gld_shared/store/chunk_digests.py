"""SHA-256 of each chunk's file, computed by the process that writes the chunk.

Until the group is finished, the digest lies beside the chunk: of ``c/7/0`` in ``c/7/0.sha256``, as
the chunk's CRC-32C checksum, the digest, and a checksum of both. Such a record saves reading the
chunk again, no more: one that is missing, damaged or of another chunk is made from the chunk.
"""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gld_shared.errors import DataError
from gld_shared.files import atomic_file, sha256
from gld_shared.store.array_layout import ArrayLayout
from gld_shared.store.checksums import (
    CHECKSUM_BYTES,
    checksum,
    matches_checksum,
    stored_checksum,
)
from gld_shared.store.regular_files import read_regular

_ENDING = ".sha256"
_DIGEST_BYTES = 32
_RECORD_BYTES = CHECKSUM_BYTES + _DIGEST_BYTES + CHECKSUM_BYTES


def write_record(file: Path, values: npt.NDArray[Any], end: bytes) -> None:
    """Write the digest of a chunk beside it: of contiguous values, and the checksum at their end.

    It is not synced, as it can be made again.
    """
    digest = hashlib.sha256(values.data)
    digest.update(end)
    record = end + digest.digest()
    with atomic_file(_record_of(file)) as stream:
        stream.write(record + _checksum(record))


def chunk_digest(file: Path, layout: ArrayLayout) -> str:
    """Return the digest of a chunk's file, which is read if there is no record of it.

    Raises DataError when such a chunk does not match its checksum, or cannot be read.
    """
    try:
        record = read_regular(_record_of(file), _RECORD_BYTES, layout.restore)
    except DataError:
        record = b""
    body, end = record[:-CHECKSUM_BYTES], record[-CHECKSUM_BYTES:]
    whole = len(record) == _RECORD_BYTES and _checksum(body) == end
    if whole and body[:CHECKSUM_BYTES] == stored_checksum(file, layout.restore):
        return body[CHECKSUM_BYTES:].hex()
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
