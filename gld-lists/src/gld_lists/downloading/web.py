"""Opening a web address: an answer must begin and continue in time, and leads to no other kind.

urllib's own timeout is for a single read, so a server that sends a byte now and then holds it for
ever; and urllib follows redirects to FTP.
"""

import http.client
import io
import socket
import time
import urllib.error
import urllib.request
from typing import IO, Any, cast

# Bytes that must arrive in each timeout once the answer has begun, as at 550 bytes per second.
FEWEST_BYTES = 1 << 14


def open_web(request: urllib.request.Request, timeout: float) -> http.client.HTTPResponse:
    """Open an address, with proxies and certificates from the environment.

    The status and the headers must arrive within ``timeout`` seconds, and in each further
    ``timeout`` 16 KB of the body, or what is left of it; else reading raises TimeoutError. Raises
    urllib's and http.client's errors, and HTTPError for a redirect to anything but http and https.
    """
    opener = urllib.request.build_opener(_PlainHandler, _SecureHandler, _WebRedirects)
    return cast(http.client.HTTPResponse, opener.open(request, timeout=timeout))


class _TimedReader(io.RawIOBase):
    """The bytes from a socket, refused when they arrive too slowly."""

    def __init__(self, stream: IO[bytes], connection: socket.socket) -> None:
        self._stream, self._connection = cast(io.BufferedReader, stream), connection
        self._timeout = connection.gettimeout()
        self._wanted: float = float("inf")
        self._begin_period()

    def begin_body(self) -> None:
        """Ask for some bytes in each period, where the whole head must come in the first."""
        self._wanted = FEWEST_BYTES
        self._begin_period()

    def _begin_period(self) -> None:
        self._end = time.monotonic() + (self._timeout or float("inf"))
        self._received = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._received >= self._wanted:
            self._begin_period()
        if self._timeout is not None:
            left = self._end - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._connection.settimeout(left)
        count = self._stream.readinto1(buffer)
        self._received += count
        return count

    def close(self) -> None:
        self._stream.close()
        super().close()


class _TimedResponse(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *arguments: Any, **options: Any) -> None:
        super().__init__(sock, *arguments, **options)
        self._reader = _TimedReader(self.fp, sock)
        self.fp = io.BufferedReader(self._reader, 1 << 16)

    def begin(self) -> None:
        super().begin()
        self._reader.begin_body()


class _PlainConnection(http.client.HTTPConnection):
    response_class = _TimedResponse


class _SecureConnection(http.client.HTTPSConnection):
    response_class = _TimedResponse


class _PlainHandler(urllib.request.HTTPHandler):
    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_PlainConnection, req)


class _SecureHandler(urllib.request.HTTPSHandler):
    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_SecureConnection, req)


class _WebRedirects(urllib.request.HTTPRedirectHandler):
    def http_error_302(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
    ) -> Any:
        scheme = headers.get("Location", "").strip().partition(":")[0].lower()
        if scheme == "ftp":  # the others are refused by urllib
            reason = f"{msg}, and leads to FTP"
            raise urllib.error.HTTPError(req.full_url, code, reason, headers, fp)
        try:
            return super().http_error_302(req, fp, code, msg, headers)
        except ValueError:  # of an address that is none
            fp.close()
            raise

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302
