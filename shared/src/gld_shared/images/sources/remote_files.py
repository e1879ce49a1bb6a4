"""Files behind a URL by fsspec: retries of temporary failures, clear errors for the rest."""

import io
import logging
import threading
import time
from collections.abc import Callable
from typing import BinaryIO, TypeVar, cast

from fsspec.spec import AbstractBufferedFile

from gld_shared.deadline import within
from gld_shared.errors import DataError
from gld_shared.images import read_file
from gld_shared.images.sources.base import SourceError
from gld_shared.images.sources.fsspec_storage import Storage
from gld_shared.images.sources.read_ahead import Part
from gld_shared.images.sources.request_errors import (
    may_pass,
    no_first_answer,
    reason_of,
    refusal,
    status_of,
)

log = logging.getLogger(__name__)
Answer = TypeVar("Answer")

# Seconds for the first answer of a storage.
FIRST_ANSWER = 12.0
# Seconds before each retry: 15.5 in all.
PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0)
_BLOCK = 4 << 20
_BLOCKS_HELD = 4


class Remote:
    """The storage of one URL scheme, with retries. Several threads may call its methods."""

    def __init__(self, url: str) -> None:
        """Raise DataError when no installed package supports the URL's scheme.

        Raises SourceError when the storage refuses to be opened, or is silent.
        """
        self._first = _FirstAnswer(FIRST_ANSWER)
        self._storage = Storage(url, FIRST_ANSWER)
        self._closing = threading.Event()

    def describe(self, url: str) -> tuple[int, str]:
        """Return a file's size in bytes, and a string that changes when the file does, or "".

        Raises SourceError if the file cannot be read in parts.
        """
        info = self._patiently(url, lambda: self._storage.info(url))
        if info.get("size") is None:
            raise SourceError(f"{url}: the server does not say how long the file is; "
                              "fetch it, and name the local copy")  # fmt: skip
        if self._storage.is_http:
            self._patiently(url, lambda: self._refuse_without_ranges(url, info["size"]))
        marks = ("ETag", "etag", "Last-Modified", "LastModified", "mtime", "updated", "created")
        return int(info["size"]), next((str(info[mark]) for mark in marks if info.get(mark)), "")

    def fetch(self, part: Part) -> bytes:
        """Fetch a part of a file, or all of it.

        Raises DataError for a whole file that does not exist, SourceError for any other failure.
        """
        return self._patiently(part.url, lambda: self._fetch(part))

    def open(self, url: str, size: int) -> BinaryIO:
        """Open a file for reading from front to back; the next 4 MB are read ahead."""
        # Each call to an fsspec file takes 10 us, and a tar's headers are many small reads.
        return io.BufferedReader(cast(io.RawIOBase, _Stream(self, url, size)), _BLOCK)

    def close(self) -> None:
        """Start no more requests, and cancel the pending ones."""
        self._closing.set()
        self._storage.close()

    def _fetch(self, part: Part) -> bytes:
        if part.stop is None:
            return self._fetch_image(part.url)
        if part.size == 0:
            return b""
        data = self._storage.cat_file(part.url, start=part.start, end=part.stop)
        if len(data) != part.size:
            raise OSError(f"{len(data)} bytes came instead of {part.size}")
        return data

    def _fetch_image(self, url: str) -> bytes:
        data = self._storage.cat_start(url, read_file.MAX_BYTES + 1)
        try:
            read_file.refuse_too_large(len(data))
        except DataError as error:
            raise DataError(f"{url}: {error}") from error
        return data

    def _cause(self, error: Exception) -> BaseException:
        """Return the true error: fsspec says "not found" for any failure to get an HTTP size."""
        if self._storage.is_http and isinstance(error, FileNotFoundError) and error.__cause__:
            return error.__cause__
        return error

    def _refuse_without_ranges(self, url: str, size: int) -> None:
        """Raise SourceError for a server that ignores ranges: whole files would fill the memory."""
        with self._storage.open_unbuffered(url, size) as stream:
            stream.seek(size // 2)
            try:
                stream.read(1)
            except ValueError as error:
                raise SourceError(
                    f"{url}: the server does not send parts of files (HTTP ranges); "
                    "fetch the file, and name the local copy"
                ) from error

    def _patiently(self, url: str, ask: Callable[[], Answer]) -> Answer:
        for pause in (*PAUSES, None):
            if self._closing.is_set():
                break
            try:
                return self._first.of(ask)
            except DataError:
                raise
            # Each storage of fsspec has its own exceptions.
            except Exception as raised:
                error = self._cause(raised)
                if self._closing.is_set():
                    break
                if pause is None or not may_pass(error):
                    attempts = len(PAUSES) + 1 if pause is None else None
                    raise refusal(url, error, attempts) from error
                if self._first.is_overdue(error, pause):
                    raise no_first_answer(url, error) from error
                log.info("%s: %s, trying again in %s s", url, reason_of(error), pause)
                self._closing.wait(pause)
        raise SourceError(f"{url}: no longer requested")


class _FirstAnswer:
    """A storage that has never answered is given up soon: the address may be wrong, or the network.

    Later failures are waited for longer, since much work may be done.
    """

    def __init__(self, seconds: float) -> None:
        """Begin to wait."""
        self._until = time.monotonic() + seconds
        self._came = threading.Event()

    def of(self, ask: Callable[[], Answer]) -> Answer:
        """Return an answer. Raises TimeoutError if the first one does not come in time."""
        if self._came.is_set():
            return ask()
        answer = within(self._until - time.monotonic(), ask)
        self._came.set()
        return answer

    def is_overdue(self, error: BaseException, pause: float) -> bool:
        """Return whether no answer will have come after another pause; an HTTP status is one."""
        if status_of(error) is not None:
            self._came.set()
        return not self._came.is_set() and time.monotonic() + pause >= self._until


class _Stream(AbstractBufferedFile):  # type: ignore[misc]
    """A remote file, read through ``Remote.fetch``."""

    def __init__(self, remote: Remote, url: str, size: int) -> None:
        self._remote = remote
        held = {"maxblocks": _BLOCKS_HELD}
        super().__init__(None, url, "rb", _BLOCK, cache_type="background", cache_options=held,
                         size=size)  # fmt: skip

    def _fetch_range(self, start: int, end: int) -> bytes:
        return self._remote.fetch(Part(self.path, start, min(end, self.size)))
