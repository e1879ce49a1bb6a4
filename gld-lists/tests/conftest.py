"""A web server on the loopback that misbehaves as asked, and a small Google Landmarks v2 on it."""

import hashlib
import io
import shutil
import tarfile
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from gld_lists.downloading.published_files import TABLES
from gld_shared.testing import run

GOLDEN = Path(__file__).parent / "fixtures" / "golden"


@pytest.fixture
def tree(tmp_path):
    """A copy of the reference tree with the country files in their place."""
    raw = tmp_path / "raw"
    shutil.copytree(GOLDEN / "tree" / "gld", raw)
    shutil.copytree(GOLDEN / "tree" / "country_info", raw / "country_info")
    return raw


@dataclass
class Fault:
    """What is wrong with one answer: a status, or a body that is not what it should be."""

    status: int = 0
    sends: int | None = None  # bytes of the body before the connection is dropped
    length: int | None = None  # the Content-Length that is said
    content: bytes | None = None  # another body


@dataclass
class Server:
    """Serves ``files`` by path, and counts what it is asked for and sends."""

    files: dict[str, bytes] = field(default_factory=dict)
    ranges: bool = True
    marks: str = "ETag"  # or Last-Modified, or none
    heeds_marks: bool = True
    chunked: bool = False
    says_length: bool = True
    pause: float = 0.0  # seconds after each piece of a body
    piece: int = 1 << 16
    requests: list[str] = field(default_factory=list)  # "GET /path", "GET /path from 100", ...
    sent: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    faults: dict[str, list[Fault]] = field(default_factory=lambda: defaultdict(list))
    url: str = ""
    open: int = 0  # answers under way, and the most of them at a time
    most: int = 0

    def once(self, path, **fault):
        """Answer one GET of a path so; several calls follow each other."""
        self.faults[path].append(Fault(**fault))

    def always(self, path, **fault):
        """Answer every GET of a path so."""
        self.faults[path] += [Fault(**fault)] * 1000

    def gets(self, path=""):
        """The GET requests that were made of a path, or of all."""
        return [one for one in self.requests if one.startswith(f"GET {path}")]

    def forget(self):
        """Count anew."""
        self.requests.clear()
        self.sent.clear()


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        """Say nothing."""

    def do_HEAD(self):
        self.server.told.requests.append(f"HEAD {self.path}")
        self.answer(Fault(), body=False)

    def do_GET(self):
        told = self.server.told
        start = self.headers.get("Range", "")[len("bytes=") : -1]
        told.requests.append(f"GET {self.path}" + (f" from {start}" if start else ""))
        waiting = told.faults[self.path]
        told.open += 1
        told.most = max(told.most, told.open)
        try:
            self.answer(waiting.pop(0) if waiting else Fault(), body=True)
        finally:
            told.open -= 1

    def answer(self, fault, body):
        told = self.server.told
        if fault.status or self.path not in told.files:
            self.send_response(fault.status or 404)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        whole = told.files[self.path] if fault.content is None else fault.content
        mark = self.mark(told.files[self.path])
        start = self.start(mark) if body else 0
        if start >= len(whole) > 0:
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(whole) - 1}/{len(whole)}")
        if mark:
            self.send_header(told.marks, mark)
        part = whole[start:]
        if told.chunked:
            self.send_header("Transfer-Encoding", "chunked")
            part = b"%x\r\n%s\r\n0\r\n\r\n" % (len(part), part)
        elif told.says_length:
            self.send_header("Content-Length", str(fault.length or len(part)))
        self.end_headers()
        if body:
            self.send(part[: fault.sends])

    def mark(self, content):
        """ETag or date, both of the content."""
        if self.server.told.marks == "none":
            return ""
        digest = hashlib.sha256(content).hexdigest()
        if self.server.told.marks == "ETag":
            return f'"{digest[:12]}"'
        return formatdate(int(digest[:6], 16), usegmt=True)

    def start(self, mark):
        told = self.server.told
        asked = int((self.headers.get("Range") or "bytes=0-").removeprefix("bytes=")[:-1])
        same = self.headers.get("If-Range") == mark or not told.heeds_marks
        return asked if told.ranges and same else 0

    def send(self, part):
        told = self.server.told
        for position in range(0, len(part), told.piece):
            self.wfile.write(part[position : position + told.piece])
            told.sent[self.path] += len(part[position : position + told.piece])
            if told.pause:
                time.sleep(told.pause)


class Quiet(ThreadingHTTPServer):
    def handle_error(self, *_):
        """A client that goes away is no matter."""


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    """The loopback is reached directly, whatever the environment says."""
    monkeypatch.setenv("no_proxy", "*")


@pytest.fixture
def server():
    told = Server()
    with Quiet(("127.0.0.1", 0), Handler) as running:
        running.told = told
        told.url = f"http://127.0.0.1:{running.server_port}"
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield told
        running.shutdown()
        thread.join()


@dataclass
class Mini:
    """A small dataset on the server, in the published places."""

    server: Server
    images: dict[str, bytes] = field(default_factory=dict)  # by path below the folder

    def archive(self, split, number, count=3, size=1000):
        """Publish an archive of ``count`` images of ``size`` bytes; its path on the server."""
        images = {}
        for one in range(count):
            digest = hashlib.sha256(f"{split} {number} {one}".encode()).hexdigest()[:16]
            images[f"{'/'.join(digest[:3])}/{digest}.jpg"] = (digest.encode() * size)[:size]
        self.images |= {f"{split}/{path}": content for path, content in images.items()}
        return self.publish(split, number, self.tar(images))

    @staticmethod
    def tar(images):
        """A tar archive of images by their names."""
        data = io.BytesIO()
        with tarfile.open(fileobj=data, mode="w", format=tarfile.USTAR_FORMAT) as tar:
            for name, content in images.items():
                member = tarfile.TarInfo(name)
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
        return data.getvalue()

    def publish(self, split, number, archive):
        """Publish these bytes as an archive, with their MD5."""
        name = f"images_{number:03d}"
        path = f"/{split}/{name}.tar"
        checksum = hashlib.md5(archive).hexdigest()
        self.server.files[path] = archive
        self.server.files[f"/md5sum/{split}/md5.{name}.txt"] = f"{checksum}  {name}.tar\n".encode()
        return path

    def tables(self):
        """Publish every CSV, with one row; the row's cells are the columns' names."""
        for table in TABLES:
            line = ",".join(table.columns)
            self.server.files[f"/{table.address}"] = f"{line}\n{line}\n".encode()


@pytest.fixture
def mini(server):
    return Mini(server)


@dataclass
class Download:
    """The command gld-lists download, with the test server as its mirror."""

    server: Server

    def arguments(self, folder, *arguments):
        """The command line."""
        return ["gld-lists", "download", *arguments, "-o", folder, "--base-url", self.server.url]

    def fetch(self, folder, *arguments):
        """Run the command, which succeeds; return its log."""
        result = run(self.arguments(folder, *arguments))
        assert (result.exit_code, result.stdout) == (0, f"{folder}\n"), result.output
        return result.stderr

    def refused(self, folder, *arguments, code=1):
        """Run the command, which fails; return its error line without the server's address."""
        result = run(self.arguments(folder, *arguments))
        assert (result.exit_code, result.stdout) == (code, ""), result.output
        return result.stderr.replace(self.server.url, "http://mirror")

    @staticmethod
    def files(folder):
        """Return the bytes of all files below a folder by path, except hidden files."""
        return {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file() and not any(part.startswith(".") for part in path.parts)
        }


@pytest.fixture
def gld_download(server):
    return Download(server)
