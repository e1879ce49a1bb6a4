"""The CRC-32C checksum of a safetensors file, as metadata ``crc32c``: eight hexadecimal digits.

It covers the whole file, in which the digits themselves are taken as zeros.
"""

import json
import re
from pathlib import Path
from typing import Any

import google_crc32c
import numpy as np
import numpy.typing as npt

from gld_shared.errors import DataError
from gld_shared.json_parser import DAMAGED, parse_json

_LENGTH = 8  # bytes, of the length of the header
_ZEROS = "0" * 8
# Within the texts of the header, quotes are escaped, so no other place looks like this.
_DIGITS = re.compile(rb'(?<="crc32c":").{8}(?=")', re.DOTALL)
# The key itself may be damaged: another one of its length has digits like these only then.
_DAMAGED_KEY = re.compile(rb'"[^"]{6}":"[0-9a-f]{8}"')


class ChecksumError(DataError):
    """A file that does not match its checksum."""


def with_checksum(data: bytes) -> bytes:
    """Return a safetensors file with its checksum, and with its metadata in order of their keys.

    The library keeps metadata in a hash map, whose order changes from run to run. Offsets count
    from the header's end, so only the header is rewritten. Memory: a copy of the file.
    """
    length = int.from_bytes(data[:_LENGTH], "little")
    tensors = data[_LENGTH + length :]
    header = parse_json(data[_LENGTH : _LENGTH + length], "the new file", dict[str, Any])
    metadata = {**header.pop("__metadata__", {}), "crc32c": _ZEROS}
    header = {"__metadata__": dict(sorted(metadata.items())), **header}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % _LENGTH)
    beginning = len(text).to_bytes(_LENGTH, "little") + text
    digits = _checksum(beginning, np.frombuffer(tensors, np.uint8))
    return _DIGITS.sub(digits, beginning, count=1) + tensors


def check_checksum(path: str | Path) -> None:
    """Raise ChecksumError unless a safetensors file matches its checksum, if it has one.

    Files of older releases and of other programs have none. The file, whose header must be valid,
    is read once, at several GB/s. Memory: the header, the rest is mapped.
    """
    data = np.memmap(path, np.uint8, "r")
    end = _LENGTH + int.from_bytes(data[:_LENGTH].tobytes(), "little")
    beginning = data[:end].tobytes()
    found = _DIGITS.search(beginning)
    if found is None:
        whole = _DAMAGED_KEY.search(beginning) is None
    else:
        blank = _DIGITS.sub(_ZEROS.encode(), beginning, count=1)
        whole = found.group() == _checksum(blank, data[end:])
    if not whole:
        raise ChecksumError(f"{path}: does not match its checksum; {DAMAGED}")


def _checksum(beginning: bytes, tensors: npt.NDArray[np.uint8]) -> bytes:
    value = google_crc32c.extend(google_crc32c.value(beginning), tensors)
    return b"%08x" % value
