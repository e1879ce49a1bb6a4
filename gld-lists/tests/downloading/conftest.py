"""A web server that misbehaves on demand, a small Google Landmarks v2 on it, and the command."""

import hashlib
import io
import tarfile
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from gld_lists.downloading.published_files import TABLES
from gld_shared.testing import run


@dataclass
class Fault:
    """A fault in an answer: a status, or a wrong or incomplete body."""

    status: int = 0
    sends: int | None = None  # bytes of the body before the connection is dropped
    length: int | None = None  # a wrong Content-Length
    content: bytes | None = None  # a wrong body


@dataclass
class Server:
    """A server of ``files`` by path, which records requests and counts the bytes sent."""

    files: dict[str, bytes] = field(default_factory=dict)
    ranges: bool = True
    marks: str = "ETag"  # or Last-Modified, or "none"
    honours_if_range: bool = True
    chunked: bool = False
    says_length: bool = True
    pause: float = 0.0  # seconds after each piece of a body
    piece: int = 1 << 16
    requests: list[str] = field(default_factory=list)  # "GET /path", "GET /path from 100", ...
    sent: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    faults: dict[str, list[Fault]] = field(default_factory=lambda: defaultdict(list))
    url: str = ""
    open: int = 0  # answers in progress; ``most`` is their maximum
    most: int = 0

    def once(self, path, **fault):
        """Answer the next GET of a path with a fault; further calls add faults."""
        self.faults[path].append(Fault(**fault))

    def always(self, path, **fault):
        """Answer every GET of a path with a fault."""
        self.faults[path] += [Fault(**fault)] * 1000

    def gets(self, path=""):
        """Return the GET requests for a path, or for all paths."""
        return [request for request in self.requests if request.startswith(f"GET {path}")]

    def forget(self):
        """Reset the counts."""
        self.requests.clear()
        self.sent.clear()


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        """Say nothing."""

    def do_HEAD(self):
        self.server.state.requests.append(f"HEAD {self.path}")
        self.answer(Fault(), body=False)

    def do_GET(self):
        state = self.server.state
        start = self.headers.get("Range", "")[len("bytes=") : -1]
        state.requests.append(f"GET {self.path}" + (f" from {start}" if start else ""))
        waiting = state.faults[self.path]
        state.open += 1
        state.most = max(state.most, state.open)
        try:
            self.answer(waiting.pop(0) if waiting else Fault(), body=True)
        finally:
            state.open -= 1

    def answer(self, fault, body):
        state = self.server.state
        if fault.status or self.path not in state.files:
            self.send_response(fault.status or 404)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        whole = state.files[self.path] if fault.content is None else fault.content
        mark = self.mark(state.files[self.path])
        start = self.start(mark) if body else 0
        if start >= len(whole) > 0:
            self.send_error(416, "Requested Range Not Satisfiable")
            return
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(whole) - 1}/{len(whole)}")
        if mark:
            self.send_header(state.marks, mark)
        part = whole[start:]
        if state.chunked:
            self.send_header("Transfer-Encoding", "chunked")
            part = b"%x\r\n%s\r\n0\r\n\r\n" % (len(part), part)
        elif state.says_length:
            self.send_header("Content-Length", str(fault.length or len(part)))
        self.end_headers()
        if body:
            self.send(part[: fault.sends])

    def mark(self, content):
        """Return an ETag or a date derived from the content."""
        if self.server.state.marks == "none":
            return ""
        digest = hashlib.sha256(content).hexdigest()
        if self.server.state.marks == "ETag":
            return f'"{digest[:12]}"'
        return formatdate(int(digest[:6], 16), usegmt=True)

    def start(self, mark):
        state = self.server.state
        asked = int((self.headers.get("Range") or "bytes=0-").removeprefix("bytes=")[:-1])
        same = self.headers.get("If-Range") == mark or not state.honours_if_range
        return asked if state.ranges and same else 0

    def send(self, part):
        state = self.server.state
        for position in range(0, len(part), state.piece):
            piece = part[position : position + state.piece]
            # Counted first: the client may be done before this thread runs again.
            state.sent[self.path] += len(piece)
            self.wfile.write(piece)
            if state.pause:
                time.sleep(state.pause)


class Quiet(ThreadingHTTPServer):
    def handle_error(self, *_):
        """Ignore clients that disconnect."""


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    """Reach the local server without a proxy, whatever the environment says."""
    monkeypatch.setenv("no_proxy", "*")


@pytest.fixture
def server():
    state = Server()
    with Quiet(("127.0.0.1", 0), Handler) as running:
        running.state = state
        state.url = f"http://127.0.0.1:{running.server_port}"
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield state
        running.shutdown()
        thread.join()


@dataclass
class Mini:
    """A small data set on the server, with the published paths."""

    server: Server
    images: dict[str, bytes] = field(default_factory=dict)  # by path below the folder

    def archive(self, split, number, count=3, size=1000):
        """Publish an archive of ``count`` images of ``size`` bytes; return its path."""
        images = {}
        for image in range(count):
            digest = hashlib.sha256(f"{split} {number} {image}".encode()).hexdigest()[:16]
            images[f"{'/'.join(digest[:3])}/{digest}.jpg"] = (digest.encode() * size)[:size]
        self.images |= {f"{split}/{path}": content for path, content in images.items()}
        return self.publish(split, number, self.tar(images))

    @staticmethod
    def tar(images):
        """Make a tar archive of images, given by name."""
        data = io.BytesIO()
        with tarfile.open(fileobj=data, mode="w", format=tarfile.USTAR_FORMAT) as tar:
            for name, content in images.items():
                member = tarfile.TarInfo(name)
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
        return data.getvalue()

    def publish(self, split, number, archive):
        """Publish bytes as an archive with its MD5; return its path."""
        name = f"images_{number:03d}"
        path = f"/{split}/{name}.tar"
        checksum = hashlib.md5(archive).hexdigest()
        self.server.files[path] = archive
        self.server.files[f"/md5sum/{split}/md5.{name}.txt"] = f"{checksum}  {name}.tar\n".encode()
        return path

    def tables(self):
        """Publish every CSV file with a single row, which repeats the names of the columns."""
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
        """Return the command line."""
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
