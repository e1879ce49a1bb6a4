"""Readers of HTTP answers: gld-lists download, and gld-embed on tars and folders behind a URL."""

import hashlib
import os
import socket
import threading
from contextlib import suppress
from functools import partial
from importlib import import_module
from pathlib import Path
from random import Random
from urllib.parse import unquote

from gld_shared.testing import small_list
from gld_shared.testing.sources import make_tar
from mutations.http import HTTP
from mutations.json_text import json_file
from mutations.raw_bytes import RAW_BYTES
from mutations.tar import TAR
from running.attempt import Attempt, Change, Clean
from running.examine import Reader

from readers.draw import MISSING, command, either, from_files, mutated
from readers.tables import IDS, prepare_tables

_MISSING = b"HTTP/1.1 404 X\r\nContent-Length: 0\r\n\r\n"
PORT = "GLD_FUZZ_PORT"
_URL = f"http://127.0.0.1:${PORT}"
_ANSWERS = Path("answers")
_ARCHIVE, _CHECKSUM = "answers/index/images_000.tar", "answers/md5sum/index/md5.images_000.txt"
_DOWNLOAD = f"gld-lists download --base-url {_URL} -o fetched"
_FETCHES = {"outputs": ["fetched"], "kept": ["fetched"]}
_METADATA = command(f"{_DOWNLOAD} metadata", **_FETCHES)
_INDEX = command(f"{_DOWNLOAD} index --shards 0", **_FETCHES)
_COUNTRIES = command(f"{_DOWNLOAD} countries", **_FETCHES)
_WRITES = {"outputs": ["e.zarr"], "kept": ["e.zarr.partial", "e.zarr.work"]}
_EMBED = "gld-embed two.tsv -c pixels:4 -j 1 -o e.zarr --images"
_REMOTE = (
    command(f"{_EMBED} {_URL}/photos.tar", **_WRITES),
    command(f"{_EMBED} {_URL}/photos", **_WRITES),
)


def _prepare() -> None:
    from gld_lists.downloading.published_files import TABLES

    prepare_tables()
    small_list(Path("two.tsv"), IDS[:2])
    for table in TABLES:
        line = ",".join(table.columns)
        _publish(table.address, f"{line}\n{line}\n".encode())
    photo = Path("photos/x0.jpg").read_bytes()
    digest = hashlib.sha256(photo).hexdigest()[:16]
    archive = make_tar(Path("a.tar"), {f"{'/'.join(digest[:3])}/{digest}.jpg": photo}).read_bytes()
    _publish("index/images_000.tar", archive)
    _publish("md5sum/index/md5.images_000.txt", _checksum(archive))
    for code in ("OTHER", "FR"):
        _publish(f"country/{code}.json", b'[{"name": "a", "code": 1}, {"name": "b"}]')
    photos = {f"{name}.jpg": Path(f"photos/{name}.jpg").read_bytes() for name in IDS[:2]}
    _publish("photos.tar", make_tar(Path("b.tar"), photos).read_bytes())
    for name, data in photos.items():
        _publish(f"photos/{name}", data)


def _checksum(archive: bytes) -> bytes:
    return f"{hashlib.md5(archive).hexdigest()}  images_000.tar\n".encode()


def _publish(address: str, body: bytes) -> None:
    file = _ANSWERS / address
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(_answer(body))


def _answer(body: bytes) -> bytes:
    head = f'HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nETag: "x"\r\nConnection: close'
    return head.encode() + b"\r\n\r\n" + body


def _start() -> None:
    """Serve the folder of answers in a thread; wait less than users do before each retry."""
    server = socket.create_server(("127.0.0.1", 0))
    os.environ[PORT] = str(server.getsockname()[1])
    threading.Thread(target=_serve, args=(server,), daemon=True).start()
    download = import_module("gld_lists.downloading.download")
    download.Session = partial(download.Session, first_wait=0.0, timeout=1.0)  # type: ignore[attr-defined]
    remote = import_module("gld_shared.images.sources.remote_files")
    remote.PAUSES = (0.0,) * 5  # type: ignore[attr-defined]


def _serve(server: socket.socket) -> None:
    while True:
        connection, _ = server.accept()
        threading.Thread(target=_send, args=(connection,), daemon=True).start()


def _send(connection: socket.socket) -> None:
    """Send the raw answer to one request, only its head to HEAD, and the part that is asked for."""
    with suppress(OSError, ValueError, IndexError), connection:
        request = connection.recv(1 << 16).decode("latin-1")
        method, address, *_ = request.split(" ")
        file = _ANSWERS / unquote(address).lstrip("/")
        data = file.read_bytes() if file.is_file() else _MISSING
        head, separator, body = data.partition(b"\r\n\r\n")
        if asked := request.lower().partition("range: bytes=")[2].partition("\r\n")[0]:
            first, _, last = asked.partition("-")
            piece = body[int(first) : int(last) + 1 if last else None]
            old, new = b"Content-Length: %d" % len(body), b"Content-Length: %d" % len(piece)
            spans = b"\r\nContent-Range: bytes %d-%d/%d" % (
                int(first), int(first) + len(piece) - 1, len(body)
            )  # fmt: skip
            head = head.replace(b"200 OK", b"206 Partial Content").replace(old, new) + spans
            body = piece
        connection.sendall(head + separator + (b"" if method == "HEAD" else body))


def _archive(random: Random, clean: Clean) -> Attempt:
    """Mutate the archive, and publish the checksum of what it became: unpacking meets it."""
    _, _, body = clean[_ARCHIVE].partition(b"\r\n\r\n")
    body = mutated(body, (*TAR, *TAR, *RAW_BYTES), random)
    changes = {
        _ARCHIVE: Change(_answer(body)),
        _CHECKSUM: Change(_answer(_checksum(body))),
    }
    return Attempt(_INDEX, changes)


def _json_body(data: bytes, random: Random) -> bytes:
    return _answer(json_file(data.partition(b"\r\n\r\n")[2], random))


def _below(folder: str, clean: Clean) -> list[str]:
    return [name for name in clean if name.startswith(f"answers/{folder}")]


_MUTATIONS = (*HTTP, *HTTP, *RAW_BYTES)
DOWNLOADS = (
    Reader(
        "HTTP answers (download)",
        35,
        _prepare,
        either(
            (3, from_files(partial(_below, "metadata"), _MUTATIONS, [_METADATA], special=MISSING)),
            (3, from_files(lambda _: [_ARCHIVE, _CHECKSUM], _MUTATIONS, [_INDEX], special=MISSING)),
            (3, _archive),
            (
                1,
                from_files(
                    partial(_below, "country"), (*HTTP, _json_body), [_COUNTRIES], special=MISSING
                ),
            ),
        ),
        _start,
    ),
    Reader(
        "HTTP answers (images)",
        15,
        _prepare,
        from_files(partial(_below, "photos"), _MUTATIONS, _REMOTE, special=MISSING),
        _start,
    ),
)
