"""Images in tar archives behind a URL."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from gld_shared.errors import DataError
from gld_shared.images import read_file
from gld_shared.images.sources.base import SourceError
from gld_shared.images.sources.read_ahead import Part, ReadAhead
from gld_shared.images.sources.remote_files import Remote
from gld_shared.images.sources.tars.index import TarIndex
from gld_shared.images.sources.tars.table_cache import Archive, members_of, threads_that_give_up

_AT_A_TIME = 16


class RemoteTars:
    """One or more ``.tar`` behind URLs; see ``Source``.

    An archive without an index is read once from front to back. Memory: the index, and that of
    ``ReadAhead``.
    """

    def __init__(self, urls: Sequence[str], work: Path) -> None:
        """Index the archives, or use the index in the folder ``work``.

        Raises SourceError for an archive that is broken or cannot be reached.
        """
        self._urls = urls
        self._remote = Remote(urls[0])
        with threads_that_give_up(_AT_A_TIME, self._remote.close) as threads:
            archives = list(threads.map(self._archive, urls))
        # A signed URL's query is not part of the name.
        names = [url.partition("?")[0] for url in urls]
        self._index = TarIndex(names, members_of(archives, work, self._remote.close))
        self._ahead = ReadAhead(self._remote.fetch)

    def _archive(self, url: str) -> Archive:
        try:
            size, mark = self._remote.describe(url)
        except DataError as error:
            raise SourceError(str(error)) from error
        return Archive(url, size, mark, partial(self._remote.open, url, size))

    def expect(self, paths: list[str]) -> None:
        """Start fetching the members."""
        self._ahead.expect([part for path in paths if (part := self._part(path)) is not None])

    def read(self, path: str) -> bytes:
        """Return the member's bytes."""
        self._index.place_of(path)
        part = self._part(path)
        assert part is not None
        try:
            return self._ahead.take(part)
        except DataError as error:
            raise SourceError(f"{error} (reading {path})") from error

    def name_of(self, path: str) -> str:
        """Return the archive's URL and the path."""
        return self._index.name_of(path)

    def close(self) -> None:
        """Cancel the read-ahead."""
        self._remote.close()
        self._ahead.close()

    def _part(self, path: str) -> Part | None:
        place = self._index.find(path)
        if place is None or place.size > read_file.MAX_BYTES:
            return None
        return Part(self._urls[place.tar], place.start, place.start + place.size)
