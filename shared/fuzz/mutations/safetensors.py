"""Mutations of a safetensors file's header: its length, its JSON, and the JSON texts inside it.

The checksum is corrected where the header is still JSON.
"""

import json
from contextlib import suppress
from random import Random

from gld_shared.errors import DataError
from gld_shared.safetensors_checksum import with_checksum

from mutations.json_text import mutate_json

_LENGTH = 8


def header_length(data: bytes, random: Random) -> bytes:
    """Change the length of the header, the first 8 bytes."""
    length = int.from_bytes(data[:_LENGTH], "little")
    other = random.choice((0, 1, length - 1, length + 8, len(data), 2**31, 2**63, 2**64 - 1))
    return max(0, min(other, 2**64 - 1)).to_bytes(_LENGTH, "little") + data[_LENGTH:]


def header_json(data: bytes, random: Random) -> bytes:
    """Mutate the header's JSON, and correct its length."""
    text, tensors = _parts(data)
    return _file(mutate_json(text, random), tensors)


def metadata_json(data: bytes, random: Random) -> bytes:
    """Mutate a JSON text that the metadata hold, such as the configuration."""
    text, tensors = _parts(data)
    try:
        header = json.loads(text)
        metadata = header["__metadata__"]
        name = random.choice(sorted(metadata))
        metadata[name] = mutate_json(metadata[name], random)
    except (ValueError, LookupError, TypeError, RecursionError):
        return data
    return _file(json.dumps(header), tensors)


def _parts(data: bytes) -> tuple[str, bytes]:
    length = int.from_bytes(data[:_LENGTH], "little")
    return data[_LENGTH:][:length].decode(errors="replace"), data[_LENGTH:][length:]


def _file(text: str, tensors: bytes) -> bytes:
    header = text.encode(errors="surrogatepass")
    data = len(header).to_bytes(_LENGTH, "little") + header + tensors
    # Else the checksum would hide what else is wrong.
    with suppress(DataError, TypeError):
        return with_checksum(data)
    return data


SAFETENSORS = (header_length, header_json, metadata_json, metadata_json, metadata_json)
