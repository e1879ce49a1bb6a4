"""Mutations of a raw HTTP answer: its status, its headers, its body."""

from random import Random

from mutations.extreme_values import extreme_bytes

_STATUSES = (
    *(b"200 OK", b"204 No Content", b"206 Partial Content", b"301 Moved", b"304 Not Modified"),
    *(b"400 Bad", b"403 Forbidden", b"404 Not Found", b"416 Range", b"429 Too Many", b"500 Error"),
    *(b"503 Unavailable", b"999 X", b"-1 X", b"abc", b"", b"1e3 X", b"100 Continue", b"200"),
)
_HEADERS = (
    *(b"Content-Length", b"Content-Range", b"ETag", b"Last-Modified", b"Location", b"Retry-After"),
    *(b"Transfer-Encoding", b"Content-Encoding", b"Content-Type", b"Set-Cookie", b"Connection"),
)
_VALUES = (
    *(b"0", b"-1", b"1", b"10", b"99999999999999999999", b"abc", b"bytes 0-0/1", b"bytes */5"),
    *(b"bytes 5-1/2", b"bytes 0-9999999999/10000000000", b"chunked", b"gzip", b'W/"x"', b"close"),
    *(b"identity, chunked", b"http://127.0.0.1:1/", b"/", b"file:///etc/hostname", b"\x1b[31m"),
)


def change_status(data: bytes, random: Random) -> bytes:
    """Replace the status line."""
    _, separator, rest = data.partition(b"\r\n")
    version = random.choice((b"HTTP/1.1 ", b"HTTP/1.1 ", b"HTTP/1.0 ", b"HTTP/9 ", b""))
    return version + random.choice(_STATUSES) + separator + rest


def change_header(data: bytes, random: Random) -> bytes:
    """Add a header, or replace one, or delete one."""
    head, separator, body = data.partition(b"\r\n\r\n")
    status, *lines = head.split(b"\r\n")
    value = random.choice((random.choice(_VALUES), extreme_bytes(random)))
    line = random.choice(_HEADERS) + b": " + value
    if lines and random.random() < 0.6:
        lines[random.randrange(len(lines))] = line
    elif lines and random.random() < 0.3:
        del lines[random.randrange(len(lines))]
    else:
        lines.append(line)
    return b"\r\n".join((status, *lines)) + separator + body


def change_length(data: bytes, random: Random) -> bytes:
    """Cut the body, or lengthen it, and correct its Content-Length."""
    head, separator, body = data.partition(b"\r\n\r\n")
    body = random.choice((body[: random.randrange(len(body) + 1)], body + body, b"", b"\0" * 9))
    lines = [line for line in head.split(b"\r\n") if not line.startswith(b"Content-Length")]
    return b"\r\n".join((*lines, b"Content-Length: %d" % len(body))) + separator + body


HTTP = (change_status, change_header, change_header, change_length)
