"""HTTP requests for a file, or for the rest of a known version of it, and their failures.

urllib follows redirects and takes proxies and certificates from the environment. pooch is not
enough here: it does not resume a broken transfer, and it counts retries that make progress too.
"""

import http.client
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message

from gld_shared import http_status
from gld_shared.errors import DataError

from gld_lists.downloading.web import open_web

_BLOCK = 1 << 18
_OUT_OF_RANGE = 416
_LONGEST_REASON = 100
# Besides its own errors, http.client raises ValueError and OverflowError for malformed answers:
# addresses of redirects, ports, sizes of chunks.
_FAULTS = (OSError, http.client.HTTPException, ValueError, OverflowError)
# A length of more digits is no length; a mark is sent back, so it must fit a header.
_LENGTH = re.compile(r"[0-9]{1,15}")
_MARK = re.compile(r"[\x20-\x7e]{1,1000}")
_RANGE = re.compile(r"bytes ([0-9]{1,15})-[0-9]{1,15}/([0-9]{1,15})")


class Broken(Exception):
    """A request failed in a way that may be temporary, so a retry makes sense."""


class Stale(Broken):
    """The bytes received so far belong to another version of the file."""


class TransferError(DataError):
    """A file cannot be fetched; others may still succeed."""


class NotPublished(TransferError):
    """The server has no such file."""


@dataclass(frozen=True)
class Version:
    """A version of a file on the server: its length in bytes, and a mark that identifies it.

    ``mark`` is the ETag or the time of the last change, "" where the server gives neither.
    """

    length: int | None
    mark: str


@dataclass(frozen=True)
class Answer:
    """A server's answer: the file's bytes, beginning at ``start``."""

    start: int
    version: Version
    blocks: Iterator[bytes]


@contextmanager
def ask(url: str, timeout: float, start: int = 0, mark: str = "") -> Iterator[Answer]:
    """Request a file beginning at byte ``start``, if its version is still ``mark``.

    A server that has another version, or cannot send parts, sends the whole file: see
    ``Answer.start``. ``timeout`` is in seconds, as in ``open_web``. Raises Broken where a retry may
    help (also while the blocks are read), TransferError where it cannot.
    """
    headers = {"User-Agent": "gld-lists", "Accept-Encoding": "identity"}
    if start:
        headers |= {"Range": f"bytes={start}-", "If-Range": mark}
    with _opened(urllib.request.Request(url, headers=headers), timeout) as response:
        yield _answer(url, response)


def version(url: str, timeout: float) -> Version:
    """Request the length and mark of a file without fetching it. Raises as ``ask`` does."""
    request = urllib.request.Request(url, method="HEAD", headers={"User-Agent": "gld-lists"})
    with _opened(request, timeout) as response:
        return Version(_number(response.headers.get("Content-Length")), _mark(response.headers))


@contextmanager
def _opened(request: urllib.request.Request, timeout: float) -> Iterator[http.client.HTTPResponse]:
    try:
        response = open_web(request, timeout)
    except urllib.error.HTTPError as error:
        with error:
            raise _refusal(request.full_url, error.code, error.reason) from error
    except _FAULTS as error:
        raise Broken(_reason(error)) from error
    with response:
        yield response


def _refusal(url: str, code: int, reason: str) -> Exception:
    answered = f"the server answered {code} {reason[:_LONGEST_REASON]}".strip()
    if code == _OUT_OF_RANGE:
        return Stale(answered)
    if http_status.is_transient(code):
        return Broken(answered)
    message = f"{url}: {answered}; expected the file, check the address and --base-url"
    # S3 and Google Storage answer 403 for a missing file to clients that may not list the bucket.
    if code == 403 or http_status.is_missing(code):
        return NotPublished(message)
    return TransferError(message)


def _reason(error: Exception) -> str:
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(cause, TimeoutError):
        return "no answer in time"
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror
    text = " ".join(str(cause).split())[:_LONGEST_REASON]
    if isinstance(cause, http.client.BadStatusLine) and not isinstance(cause, ConnectionError):
        return f"the answer begins with {text!r}, expected HTTP"
    return text or type(cause).__name__


def _answer(url: str, response: http.client.HTTPResponse) -> Answer:
    left = _number(response.headers.get("Content-Length"))
    if left is None and not response.chunked:
        raise TransferError(
            f"{url}: the server does not say how long the file is; expected Content-Length, "
            "use another mirror"
        )
    start, length = 0, left
    if response.status == 206:
        start, length = _range(response.headers.get("Content-Range", ""))
    return Answer(start, Version(length, _mark(response.headers)), _blocks(response, left))


def _range(text: str) -> tuple[int, int]:
    found = _RANGE.fullmatch(text)
    if found is None:
        raise Stale(f"the server sent the part {text[:_LONGEST_REASON]!r} of the file")
    return int(found[1]), int(found[2])


def _mark(headers: Message) -> str:
    etag = headers.get("ETag") or ""
    # A weak ETag may be shared by files that differ in some bytes.
    mark = etag if etag.startswith('"') else headers.get("Last-Modified") or ""
    return mark if _MARK.fullmatch(mark) else ""


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and _LENGTH.fullmatch(text) else None


def _blocks(response: http.client.HTTPResponse, left: int | None) -> Iterator[bytes]:
    """Yield the body as it arrives, at most ``left`` bytes."""
    while left is None or left > 0:
        try:
            block = response.read1(_BLOCK if left is None else min(_BLOCK, left))
        except _FAULTS as error:
            raise Broken(_reason(error)) from error
        if not block:
            return
        left = None if left is None else left - len(block)
        yield block
