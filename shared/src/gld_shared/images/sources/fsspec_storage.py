"""A storage that fsspec knows, whose answers need not be waited for."""

import asyncio
import threading
from concurrent.futures import CancelledError, Future
from typing import Any, cast

import fsspec
from fsspec.spec import AbstractBufferedFile

from gld_shared.errors import DataError

_CONNECT_SECONDS, _SILENT_SECONDS = 30, 60
_PACKAGES = {"http": "aiohttp", "https": "aiohttp", "s3": "s3fs", "s3a": "s3fs", "gs": "gcsfs",
             "gcs": "gcsfs"}  # fmt: skip


class Storage:
    """One kind of storage. Its methods may be called by several threads, and raise its errors.

    After ``close``, ``info`` and ``cat_file`` raise CancelledError, also where they wait for an
    answer; storages whose calls fsspec cannot cancel, as ftp, answer first.
    """

    def __init__(self, url: str) -> None:
        """Raise DataError when nothing installed knows the URL's scheme."""
        scheme = url.partition("://")[0]
        try:
            self._files = fsspec.filesystem(scheme, **_options(scheme))
        except ImportError as error:
            package = _PACKAGES.get(scheme)
            remedy = f"pip install {package}" if package else str(error)
            raise DataError(f"{url}: {scheme}:// needs another package: {remedy}") from error
        except ValueError as error:
            raise DataError(f"{url}: {scheme}:// is unknown to fsspec; expected s3, gs, http, "
                            "https or another of its schemes") from error  # fmt: skip
        self.is_http = scheme in {"http", "https"}
        self._lock = threading.Lock()
        self._under_way: set[Future[Any]] = set()
        self._closed = False

    def info(self, url: str) -> dict[str, Any]:
        """What the storage says of a file."""
        return cast(dict[str, Any], self._ask("info", url))

    def cat_file(self, url: str, start: int | None = None, end: int | None = None) -> bytes:
        """A file's bytes, or some of them."""
        return cast(bytes, self._ask("cat_file", url, start=start, end=end))

    def open_unbuffered(self, url: str, size: int) -> AbstractBufferedFile:
        """A file of a known size, of which no more is read than is asked for."""
        return self._files.open(url, "rb", block_size=1, cache_type="none", size=size)

    def close(self) -> None:
        """Give up what is under way."""
        with self._lock:
            self._closed = True
            for answer in tuple(self._under_way):
                answer.cancel()

    def _ask(self, name: str, *arguments: Any, **named: Any) -> Any:
        if not self._files.async_impl:
            return getattr(self._files, name)(*arguments, **named)
        with self._lock:
            if self._closed:
                raise CancelledError
            call = getattr(self._files, f"_{name}")(*arguments, **named)
            answer = asyncio.run_coroutine_threadsafe(call, self._files.loop)
            self._under_way.add(answer)
        answer.add_done_callback(self._under_way.discard)
        return answer.result()


def _options(scheme: str) -> dict[str, Any]:
    if scheme not in {"http", "https"}:
        return {}
    import aiohttp

    timeout = aiohttp.ClientTimeout(
        total=None, sock_connect=_CONNECT_SECONDS, sock_read=_SILENT_SECONDS
    )
    # An image and an archive are their own bytes; proxies are taken from the environment.
    headers = {"Accept-Encoding": "identity"}
    return {"client_kwargs": {"timeout": timeout, "headers": headers, "trust_env": True}}
