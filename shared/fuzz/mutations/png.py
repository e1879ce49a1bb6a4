"""Mutations of a PNG's chunks, whose checksums are corrected."""

import zlib
from random import Random

from mutations.raw_bytes import RAW_BYTES

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_TYPES = (b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"iCCP", b"eXIf", b"zTXt", b"acTL", b"fdAT")


def change_chunk(data: bytes, random: Random) -> bytes:
    """Mutate a chunk's contents or type, or repeat or delete the chunk."""
    chunks = list(_chunks(data))
    if not chunks:
        return data
    place = random.randrange(len(chunks))
    kind, body = chunks[place]
    roll = random.random()
    if roll < 0.6:
        chunks[place] = (kind, random.choice(RAW_BYTES)(body, random))
    elif roll < 0.75:
        chunks[place] = (random.choice(_TYPES), body)
    elif roll < 0.9:
        chunks.insert(random.randrange(len(chunks)), (random.choice(_TYPES), random.randbytes(40)))
    else:
        del chunks[place]
    return _SIGNATURE + b"".join(_chunk(kind, body) for kind, body in chunks)


def _chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    found, place = [], len(_SIGNATURE)
    while place + 12 <= len(data):
        length = int.from_bytes(data[place : place + 4], "big")
        if place + 12 + length > len(data):
            break
        found.append((data[place + 4 : place + 8], data[place + 8 : place + 8 + length]))
        place += 12 + length
    return found


def _chunk(kind: bytes, body: bytes) -> bytes:
    checksum = zlib.crc32(kind + body)
    return len(body).to_bytes(4, "big") + kind + body + checksum.to_bytes(4, "big")
