"""A local web server that sends files and ranges of files, for tests and benchmarks.

``python -m gld_shared.testing.file_server FOLDER`` prints its address, and serves a folder until it
is killed.
"""

import re
import sys
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import unquote

_RANGE = re.compile(r"bytes=(\d+)-(\d+)")


class FileServer(ThreadingHTTPServer):
    """A server of the files below ``folder``, at ``url`` inside a ``with`` block.

    ``statuses`` are the answers to the next GET requests, in place of files. Without
    ``has_ranges`` every answer is a whole file. ``gets`` are the requests: path and range.
    """

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        """Take a free port."""
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder = folder
        self.statuses: deque[int] = deque()
        self.has_ranges = True
        self.gets: list[tuple[str, str | None]] = []

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore clients that hang up."""

    @property
    def url(self) -> str:
        """The address of the folder."""
        return f"http://127.0.0.1:{self.server_port}"

    def __enter__(self) -> "FileServer":
        """Serve in a thread."""
        self._thread = Thread(target=self.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(self, *error: Any) -> None:
        """Stop."""
        self.shutdown()
        self._thread.join()
        super().__exit__(*error)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: FileServer

    def log_message(self, *_: Any) -> None:
        pass

    def do_HEAD(self) -> None:
        self._send(with_body=False)

    def do_GET(self) -> None:
        self.server.gets.append((self.path, self.headers.get("Range")))
        if self.server.statuses:
            self._refuse(self.server.statuses.popleft())
        else:
            self._send(with_body=True)

    def _refuse(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _send(self, with_body: bool) -> None:
        file = self.server.folder / unquote(self.path.partition("?")[0]).lstrip("/")
        if not file.is_file():
            self._refuse(404)
            return
        status = file.stat()
        start, stop = 0, status.st_size
        asked = _RANGE.fullmatch(self.headers.get("Range", ""))
        if asked and self.server.has_ranges:
            start, stop = int(asked[1]), min(int(asked[2]) + 1, stop)
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{stop - 1}/{status.st_size}")
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(stop - start))
        self.send_header("ETag", f'"{status.st_mtime_ns}"')
        self.end_headers()
        if with_body:
            with file.open("rb") as stream:
                self.connection.sendfile(stream, start, stop - start)


def main() -> None:
    """Serve the folder that the command line names."""
    server = FileServer(Path(sys.argv[1]))
    sys.stdout.write(f"{server.url}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
