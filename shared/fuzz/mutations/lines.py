"""Mutations of tables and other text of lines: lines and cells lost, repeated, or extreme."""

import gzip
from random import Random

from mutations.extreme_values import NOT_UTF_8, extreme_bytes


def delete_line(data: bytes, random: Random) -> bytes:
    """Delete a line."""
    lines = data.splitlines(keepends=True)
    if lines:
        del lines[random.randrange(len(lines))]
    return b"".join(lines)


def repeat_line(data: bytes, random: Random) -> bytes:
    """Repeat a line in another place."""
    lines = data.splitlines(keepends=True) or [b""]
    lines.insert(random.randrange(len(lines) + 1), random.choice(lines))
    return b"".join(lines)


def swap_lines(data: bytes, random: Random) -> bytes:
    """Swap two lines."""
    lines = data.splitlines(keepends=True) or [b""]
    first, second = random.randrange(len(lines)), random.randrange(len(lines))
    lines[first], lines[second] = lines[second], lines[first]
    return b"".join(lines)


def change_cell(data: bytes, random: Random) -> bytes:
    """Replace a cell by an extreme value, or by another cell, or delete it."""
    lines = data.split(b"\n")
    number = random.randrange(len(lines))
    separator = next((one for one in (b"\t", b",") if one in lines[number]), b" ")
    cells = lines[number].split(separator)
    place = random.randrange(len(cells))
    other = random.choice(random.choice(lines).split(separator))
    cells[place] = random.choice((extreme_bytes(random), extreme_bytes(random), other))
    if random.random() < 0.1:
        del cells[place]
    lines[number] = separator.join(cells)
    return b"\n".join(lines)


def change_encoding(data: bytes, random: Random) -> bytes:
    """Change line ends, separators, the encoding or the compression of the whole text."""
    text = data.decode(errors="replace")
    ways = (
        lambda: data.replace(b"\n", b"\r\n"),
        lambda: data.replace(b"\n", b"\r"),
        lambda: data.replace(b"\t", b","),
        lambda: data.replace(b"\t", b"  "),
        lambda: b"\xef\xbb\xbf" + data,
        lambda: text.encode("utf-16"),
        lambda: text.encode("utf-32"),
        lambda: gzip.compress(data, 1),
        lambda: data.rstrip(b"\n"),
        lambda: data + b"\n\n",
        lambda: data + data,
    )
    return random.choice(ways)()


def insert_not_utf_8(data: bytes, random: Random) -> bytes:
    """Insert bytes that are not UTF-8."""
    place = random.randrange(len(data) + 1)
    return data[:place] + random.choice(NOT_UTF_8) + data[place:]


LINES = (
    *(delete_line, repeat_line, swap_lines, change_cell, change_cell, change_cell),
    *(change_encoding, insert_not_utf_8),
)
