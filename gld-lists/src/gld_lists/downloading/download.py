"""Download the parts of the dataset that a folder lacks."""

import shutil
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import Protocol

from gld_shared.errors import DataError
from gld_shared.progress import Advance, silent

from gld_lists.downloading import parallel
from gld_lists.downloading.archive import Archive
from gld_lists.downloading.continents import country_codes
from gld_lists.downloading.country_files import countries_done, fetch_countries
from gld_lists.downloading.folder_lock import lock_folder
from gld_lists.downloading.metadata import MetadataFile
from gld_lists.downloading.published_files import (
    ARCHIVES,
    BASE_URL,
    COUNTRIES,
    COUNTRY_BASE_URL,
    METADATA,
    TABLES,
)
from gld_lists.downloading.requests import Broken, TransferError, version
from gld_lists.downloading.retries_and_stop import Session
from gld_lists.downloading.step_counter import in_steps
from gld_lists.downloading.transfer import discard_unfinished, partial_of, size_of

_MEGABYTE = 10**6
File = MetadataFile | Archive


class Bar(Protocol):
    """A progress bar."""

    @property
    def update(self) -> Advance:
        """Advance the bar."""


# Returns the context of a progress bar for a total, a label and a unit.
MakeBar = Callable[[int, str, str], AbstractContextManager[Bar]]


class _NoBar:
    update = staticmethod(silent)


def _no_bar(total: int, label: str, unit: str) -> AbstractContextManager[Bar]:
    return nullcontext(_NoBar())


def download(
    folder: Path,
    parts: Sequence[str],
    base_url: str | None = None,
    shards: Sequence[int] | None = None,
    keep: bool = False,
    workers: int = 4,
    make_bar: MakeBar = _no_bar,
) -> None:
    """Fetch ``parts`` (see ``published_files.PARTS``) of the dataset into ``folder``.

    Finished files are not fetched again, and an interrupted transfer resumes. ``base_url`` is a
    mirror; ``shards`` and ``keep`` are as in ``files_of``; ``workers`` files are fetched at a
    time. Raises DataError with all failures, when the disk is too small, and when another process
    downloads into the folder.
    """
    with lock_folder(folder):
        if COUNTRIES in parts:
            _download_countries(folder / "country_info", base_url, workers, make_bar)
        files = files_of(folder, parts, base_url or BASE_URL, shards, keep)
        for file in files:
            if file.done():
                # An earlier command, with other options, may have wanted an archive again.
                discard_unfinished(file.target)
        files = [file for file in files if not file.done()]
        session = Session()
        left = bytes_left(files, workers, session)
        refuse_full(folder, left)
        with make_bar(left // _MEGABYTE, "downloading", "MB") as bar:
            session.received = in_steps(bar.update, _MEGABYTE)
            parallel.run([file.fetch for file in files], workers, session)


def _download_countries(
    folder: Path, base_url: str | None, workers: int, make_bar: MakeBar
) -> None:
    if countries_done(folder):
        return
    base = COUNTRY_BASE_URL if base_url is None else f"{base_url}/country"
    with make_bar(len(country_codes()), "countries", "files") as bar:
        fetch_countries(folder, base, workers, Session(received=in_steps(bar.update)))


def files_of(
    folder: Path,
    parts: Sequence[str],
    base: str = BASE_URL,
    shards: Sequence[int] | None = None,
    keep: bool = False,
) -> list[File]:
    """Return all files of ``parts``, finished or not; the countries are not among them.

    ``shards`` are the numbers of the archives, by default all; ``keep`` keeps unpacked archives.
    """
    files: list[File] = []
    if METADATA in parts:
        files += [MetadataFile(folder, table, base) for table in TABLES]
    for split, count in ARCHIVES.items():
        if split in parts:
            numbers = range(count) if shards is None else shards
            files += [Archive(folder, split, number, base, keep) for number in numbers]
    return files


def bytes_left(files: Sequence[File], workers: int, session: Session) -> int:
    """Return the number of bytes left to fetch, as far as the server reports it."""
    lengths: list[int] = []
    parallel.run([partial(_measure, file, lengths) for file in files], workers, session)
    return sum(lengths)


def _measure(file: File, lengths: list[int], session: Session) -> None:
    if file.target.exists():
        return
    try:
        length = version(file.url, session.timeout).length or 0
    except (Broken, TransferError):
        # Fetching the file will report the fault; here, the estimate is just too low.
        return
    lengths.append(max(0, length - size_of(partial_of(file.target))))


def refuse_full(folder: Path, needed: int) -> None:
    """Raise DataError when fewer than ``needed`` bytes are free in ``folder``."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise DataError(
            f"{folder}: {free / 1e9:.1f} GB free, expected {needed / 1e9:.1f} GB for what is to be "
            "fetched; make room, or fetch a part with --shards"
        )
