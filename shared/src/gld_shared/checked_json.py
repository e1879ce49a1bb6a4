"""JSON files that a run keeps for a later one: written whole, with a checksum, checked when read.

A file is one JSON value, and a last line with its SHA-256.
"""

import hashlib
import json
from pathlib import Path
from typing import Any, TypeVar

from gld_shared.file_kinds import UnexpectedFileError, read_regular_file
from gld_shared.files import atomic_file
from gld_shared.json_parser import MAXIMUM_BYTES, JsonFault, json_value

T = TypeVar("T")
_SEAL = b"\nsha256 "


class DamagedFileError(ValueError):
    """A file that is not what was written to it."""


def write_checked_json(file: Path, value: Any) -> None:
    """Write a JSON value and its checksum, whole or not at all, through to the disk."""
    text = json.dumps(value, indent=1).encode()
    with atomic_file(file, sync=True) as stream:
        stream.write(text + _SEAL + _digest(text) + b"\n")


def read_checked_json(file: Path, contract: type[T]) -> T:
    """Read a JSON value of a type, which ``json_parser`` checks.

    A file of an older release has no checksum: it is whole if it is such a value. Raises
    DamagedFileError for damage, OSError if the file is not readable.
    """
    try:
        content = read_regular_file(file, MAXIMUM_BYTES)
    except UnexpectedFileError as error:
        raise DamagedFileError(str(error)) from error
    text, seal, digest = content.rpartition(_SEAL)
    if seal and digest != _digest(text) + b"\n":
        raise DamagedFileError(f"{file}: does not match its checksum")
    try:
        return json_value(text if seal else digest, contract)
    except JsonFault as fault:
        raise DamagedFileError(f"{file}: {fault}") from fault


def _digest(text: bytes) -> bytes:
    return hashlib.sha256(text).hexdigest().encode()
