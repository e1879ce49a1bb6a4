"""A folder of image files behind a URL."""

from urllib.parse import quote

from gld_shared.images.sources.read_ahead import Part, ReadAhead
from gld_shared.images.sources.remote_files import Remote


class UrlFolder:
    """A folder behind a URL; see ``Source``. Memory: that of ``ReadAhead``."""

    def __init__(self, url: str) -> None:
        """Raise DataError when no installed package supports the URL's scheme."""
        self._url = url.rstrip("/")
        self._quotes = url.startswith(("http://", "https://"))
        self._remote = Remote(url)
        self._ahead = ReadAhead(self._remote.fetch)

    def expect(self, paths: list[str]) -> None:
        """Start fetching the files."""
        self._ahead.expect([Part(self.name_of(path)) for path in paths])

    def read(self, path: str) -> bytes:
        """Return the file's bytes."""
        return self._ahead.take(Part(self.name_of(path)))

    def name_of(self, path: str) -> str:
        """Return the file's URL."""
        return f"{self._url}/{quote(path) if self._quotes else path}"

    def close(self) -> None:
        """Cancel the read-ahead."""
        self._remote.close()
        self._ahead.close()
