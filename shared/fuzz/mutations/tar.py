"""Mutations of a tar's headers, whose checksums are corrected."""

from random import Random

from mutations.extreme_values import extreme_bytes

BLOCK = 512
# Offset and width of the fields of a header.
_FIELDS = {
    "name": (0, 100),
    "mode": (100, 8),
    "uid": (108, 8),
    "size": (124, 12),
    "mtime": (136, 12),
    "type": (156, 1),
    "link": (157, 100),
    "magic": (257, 8),
    "prefix": (345, 155),
}
_SIZES = (
    *(b"00000000000\0", b"77777777777\0", b"-0000000010\0", b"99999999999\0", b"           \0"),
    *(b"\xff" * 12, b"\x80" + b"\xff" * 11, b"\x80" + bytes(3) + b"\x7f" + b"\xff" * 7),
    *(b"\x80" + bytes(3) + b"\x80" + bytes(7), b"\xff" * 11 + b"\xf0", b"1e9" + bytes(9)),
)  # fmt: skip
_TYPES = b"01234567gxLKSVDMNAX\0 \xff"


def change_header(data: bytes, random: Random) -> bytes:
    """Change a field of a member's header, and correct the header's checksum."""
    headers = _headers(data)
    if not headers:
        return data
    start = random.choice(headers)
    name = random.choice((*_FIELDS, "size", "size", "type"))
    offset, width = _FIELDS[name]
    header = bytearray(data[start : start + BLOCK])
    value = {
        "size": lambda: random.choice(_SIZES),
        "type": lambda: bytes([random.choice(_TYPES)]),
    }.get(name, lambda: random.choice((extreme_bytes(random), random.randbytes(width))))()
    header[offset : offset + width] = value[:width].ljust(width, b"\0")
    return data[:start] + _with_checksum(header) + data[start + BLOCK :]


def change_pax(data: bytes, random: Random) -> bytes:
    """Insert an extended header before a member: a long name, a pax record, a sparse map."""
    headers = _headers(data)
    start = random.choice(headers) if headers else 0
    key, value = random.choice(("path", "size", "linkpath", "GNU.sparse.map", "x")), b"-1"
    value = random.choice((value, b"9" * 30, extreme_bytes(random), b"0,1,2"))
    record = b" %s=%s\n" % (key.encode(), value[:5000])
    length = len(record) + len(str(len(record) + 3))
    record = str(random.choice((length, length, 0, -5, 10**9))).encode() + record
    member = bytearray(BLOCK)
    member[:10] = b"././@LongX"
    member[100:108], member[124:136] = b"0000644\0", b"%011o\0" % len(record)
    member[156:157], member[257:265] = random.choice((b"x", b"x", b"g", b"L", b"K")), b"ustar\x0000"
    padded = record.ljust(-(-len(record) // BLOCK) * BLOCK, b"\0")
    return data[:start] + _with_checksum(member) + padded + data[start:]


def _headers(data: bytes) -> list[int]:
    return [
        start
        for start in range(0, len(data) - BLOCK + 1, BLOCK)
        if data[start + 257 : start + 262] == b"ustar"
    ]


def _with_checksum(header: bytearray) -> bytes:
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header)


TAR = (change_header, change_header, change_header, change_pax)
