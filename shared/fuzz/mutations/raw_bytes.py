"""Mutations of any file: flipped bits, cuts, inserted and repeated pieces, zeroed pages."""

from random import Random

_PAGE = 4096
_INTEGERS = (b"\0", b"\xff", b"\x7f" + b"\xff", b"\x80" + b"\0")


def flip_bit(data: bytes, random: Random) -> bytes:
    """Flip one bit."""
    if not data:
        return data
    position = random.randrange(len(data))
    return _replaced(data, position, bytes([data[position] ^ 1 << random.randrange(8)]))


def set_byte(data: bytes, random: Random) -> bytes:
    """Set one byte to any value."""
    return _replaced(data, _position(data, random), random.randbytes(1))


def set_byte_of_header(data: bytes, random: Random) -> bytes:
    """Set one of the first 512 bytes, where most formats have their structure, to any value."""
    return _replaced(data, _position(data[:512], random), random.randbytes(1))


def cut_end(data: bytes, random: Random) -> bytes:
    """Cut the file at a random place, or near its end."""
    near_end = max(0, len(data) - random.randrange(1, 40))
    return data[: random.choice((near_end, _position(data, random)))]


def delete_piece(data: bytes, random: Random) -> bytes:
    """Delete up to 64 bytes, or up to half of the file."""
    start = _position(data, random)
    longest = random.choice((1, 8, 64, max(1, len(data) // 2)))
    return data[:start] + data[start + random.randint(1, longest) :]


def insert_bytes(data: bytes, random: Random) -> bytes:
    """Insert up to 64 random bytes."""
    start = _position(data, random)
    return data[:start] + random.randbytes(random.choice((1, 2, 8, 64))) + data[start:]


def repeat_piece(data: bytes, random: Random) -> bytes:
    """Repeat a piece of up to 256 bytes in its place, once or many times."""
    start = _position(data, random)
    stop = start + random.randint(1, 256)
    return data[:stop] + data[start:stop] * random.choice((1, 1, 2, 100)) + data[stop:]


def zero_page(data: bytes, random: Random) -> bytes:
    """Fill a page, or a part of one, with zeros: what a power failure leaves."""
    length = random.choice((4, 64, 512, _PAGE))
    start = _position(data, random) // length * length
    return _replaced(data, start, bytes(min(length, len(data) - start)))


def swap_pieces(data: bytes, random: Random) -> bytes:
    """Swap two adjacent pieces."""
    first, second, third = sorted(_position(data, random) for _ in range(3))
    return data[:first] + data[second:third] + data[first:second] + data[third:]


def extreme_integer(data: bytes, random: Random) -> bytes:
    """Overwrite 1, 2, 4 or 8 bytes with the least or largest integer of that width."""
    width = random.choice((1, 2, 4, 8))
    pattern = random.choice(_INTEGERS)
    value = (pattern + pattern[-1:] * width)[:width]
    return _replaced(data, _position(data, random), random.choice((value, value[::-1])))


def empty(data: bytes, random: Random) -> bytes:
    """Leave nothing."""
    return b""


def _position(data: bytes, random: Random) -> int:
    return random.randrange(len(data)) if data else 0


def _replaced(data: bytes, start: int, piece: bytes) -> bytes:
    return data[:start] + piece + data[start + len(piece) :]


RAW_BYTES = (
    *(flip_bit, flip_bit, set_byte, set_byte_of_header, set_byte_of_header, cut_end),
    *(delete_piece, insert_bytes, repeat_piece, zero_page, swap_pieces, extreme_integer),
)
