"""Storage behind a URL by fsspec, with requests that can be cancelled."""

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import CancelledError, Future
from http import HTTPStatus
from typing import Any, cast

from fsspec.core import url_to_fs
from fsspec.spec import AbstractBufferedFile

from gld_shared.deadline import within
from gld_shared.errors import DataError
from gld_shared.images.sources.base import SourceError

_CONNECT_SECONDS, _SILENT_SECONDS = 30, 60
_PACKAGES = {"http": "aiohttp", "https": "aiohttp", "s3": "s3fs", "s3a": "s3fs", "gs": "gcsfs",
             "gcs": "gcsfs"}  # fmt: skip


class Storage:
    """The storage of one URL scheme. Several threads may call its methods.

    The methods raise the storage's own exceptions. After ``close``, ``info`` and ``cat_file`` raise
    CancelledError, even while they wait for a response. fsspec cannot cancel the calls of some
    storages, such as ftp; these calls finish first.
    """

    def __init__(self, url: str, seconds: float) -> None:
        """Take the seconds within which the storage must accept a connection and credentials.

        Raises DataError when no installed package supports the URL's scheme, and SourceError when
        the storage refuses to be opened, or is silent.
        """
        scheme = url.partition("://")[0]
        try:
            # The URL may hold what the scheme needs: a host, a port, a user.
            self._files, _ = within(seconds, lambda: url_to_fs(url, **_options(scheme)))
        except ImportError as error:
            package = _PACKAGES.get(scheme)
            remedy = f"pip install {package}" if package else str(error)
            raise DataError(f"{url}: {scheme}:// needs another package: {remedy}") from error
        except ValueError as error:
            raise DataError(f"{url}: {scheme}:// is unknown to fsspec; expected s3, gs, http, "
                            "https or another of its schemes") from error  # fmt: skip
        # Each storage of fsspec has its own exceptions.
        except Exception as error:
            reason = (
                f"no answer within {seconds:g} seconds"
                if isinstance(error, TimeoutError)
                else " ".join(str(error).split()) or type(error).__name__
            )
            raise SourceError(
                f"{url}: {reason}; check the address and the network, or fetch the files and name "
                "the local folder or archive"
            ) from error
        self.is_http = scheme in {"http", "https"}
        self._lock, self._alone = threading.Lock(), threading.Lock()
        self._pending: set[Future[Any]] = set()
        self._closed = False

    def info(self, url: str) -> dict[str, Any]:
        """Return the storage's description of a file."""
        return cast(dict[str, Any], self._ask("info", url))

    def cat_file(self, url: str, start: int | None = None, end: int | None = None) -> bytes:
        """Return a file's bytes, or a range of them."""
        return cast(bytes, self._ask("cat_file", url, start=start, end=end))

    def cat_start(self, url: str, most: int) -> bytes:
        """Return a file's bytes, of a larger file the first ``most`` bytes, in one request."""
        if self.is_http:
            return cast(bytes, self._await(_http_start(self._files, url, most)))
        try:
            return self.cat_file(url, 0, most)
        except Exception:
            # Storages refuse a range of an empty file.
            if self.info(url).get("size") == 0:
                return b""
            raise

    def open_unbuffered(self, url: str, size: int) -> AbstractBufferedFile:
        """Open a file of a known size without buffering: reads fetch no more than requested."""
        return self._files.open(url, "rb", block_size=1, cache_type="none", size=size)

    def close(self) -> None:
        """Cancel the pending requests."""
        with self._lock:
            self._closed = True
            for response in tuple(self._pending):
                response.cancel()

    def _ask(self, name: str, *arguments: Any, **named: Any) -> Any:
        if not self._files.async_impl:
            # Storages such as ftp have a single connection.
            with self._alone:
                return getattr(self._files, name)(*arguments, **named)
        return self._await(getattr(self._files, f"_{name}")(*arguments, **named))

    def _await(self, call: Coroutine[Any, Any, Any]) -> Any:
        with self._lock:
            if self._closed:
                call.close()
                raise CancelledError
            response = asyncio.run_coroutine_threadsafe(call, self._files.loop)
            self._pending.add(response)
        response.add_done_callback(self._pending.discard)
        return response.result()


async def _http_start(files: Any, url: str, most: int) -> bytes:
    """Get a file as fsspec does, but stop after ``most`` bytes: a server may send without end."""
    data = bytearray()
    session = await files.set_session()
    async with session.get(files.encode_url(url), **files.kwargs) as response:
        if response.status == HTTPStatus.NOT_FOUND:
            raise FileNotFoundError(url)
        response.raise_for_status()
        async for block in response.content.iter_any():
            data += block
            if len(data) >= most:
                break
    return bytes(data[:most])


def _options(scheme: str) -> dict[str, Any]:
    if scheme not in {"http", "https"}:
        return {}
    import aiohttp

    timeout = aiohttp.ClientTimeout(
        total=None, sock_connect=_CONNECT_SECONDS, sock_read=_SILENT_SECONDS
    )
    # Request the files' own bytes, not compressed in transit. Proxies come from the environment.
    headers = {"Accept-Encoding": "identity"}
    return {"client_kwargs": {"timeout": timeout, "headers": headers, "trust_env": True}}
