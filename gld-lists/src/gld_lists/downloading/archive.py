"""An archive of images: fetched, verified by MD5, unpacked, and marked as finished."""

import hashlib
import logging
import os
import re
from dataclasses import dataclass
from pathlib import Path

from gld_shared.files import atomic_file

from gld_lists.downloading.published_files import archive_address, archive_name, checksum_address
from gld_lists.downloading.requests import TransferError
from gld_lists.downloading.retries_and_stop import Session
from gld_lists.downloading.transfer import discard_unfinished, disk, fetch, fetch_text
from gld_lists.downloading.unpack import BadArchive, unpack

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Archive:
    """An archive of a split's images, which is unpacked below ``folder/split``."""

    folder: Path
    split: str
    number: int
    base: str
    keep: bool = False

    @property
    def url(self) -> str:
        """The address of the archive."""
        return archive_address(self.split, self.number, self.base)

    @property
    def target(self) -> Path:
        """The path of the archive, which is removed after unpacking unless ``keep``."""
        return self.folder / self.split / f"{archive_name(self.number)}.tar"

    @property
    def marker(self) -> Path:
        """The file that marks all images of the archive as unpacked."""
        return self.folder / self.split / ".unpacked" / f"{archive_name(self.number)}.txt"

    def done(self) -> bool:
        """Return whether nothing is left to do."""
        return self.marker.exists() and (self.target.exists() or not self.keep)

    def fetch(self, session: Session) -> None:
        """Fetch, verify and unpack the archive.

        Raises TransferError if only this file failed, DataError if the whole run must end.
        """
        expected = _checksum(checksum_address(self.split, self.number, self.base), session)
        if not self.target.exists() or _differs(self.target, expected):
            fetch(self.url, self.target, lambda path: _differs(path, expected), session)
        discard_unfinished(self.target)
        if not self.marker.exists():
            self._unpack(expected, session)

    def _unpack(self, checksum: str, session: Session) -> None:
        try:
            count = unpack(self.target, self.folder / self.split, session)
        except BadArchive:
            self.target.unlink()
            raise
        with disk(self.marker):
            # The marker must not survive a power failure that loses images.
            os.sync()
            # Remove the archive first: if the process is killed before the marker is written, the
            # next run fetches the archive again. In the other order it would never be removed.
            if not self.keep:
                self.target.unlink()
            self.marker.parent.mkdir(exist_ok=True)
            with atomic_file(self.marker, sync=True) as stream:
                stream.write(f"{checksum}  {self.target.name}  {count} images\n".encode())
        log.info("%s: %d images", self.url, count)


def _checksum(url: str, session: Session) -> str:
    text = fetch_text(url, session)
    found = re.match(r"([0-9a-fA-F]{32})(\s|$)", text)
    if found is None:
        raise TransferError(
            f"{url}: starts with {text[:40]!r}, expected an MD5 of 32 hexadecimal digits; check "
            "--base-url"
        )
    return found[1].lower()


def _differs(path: Path, expected: str) -> str | None:
    with path.open("rb") as stream:
        found = hashlib.file_digest(stream, "md5").hexdigest()
    return None if found == expected else f"md5 is {found}, expected {expected}"
