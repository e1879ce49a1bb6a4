"""What of the dataset is still to be fetched, how much that is, and fetching it."""

import fcntl
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Lock

from gld_shared.errors import DataError

from gld_lists.downloading import parallel
from gld_lists.downloading.archive import Archive
from gld_lists.downloading.metadata import MetadataFile
from gld_lists.downloading.published_files import ARCHIVES, BASE_URL, METADATA, TABLES
from gld_lists.downloading.requests import Broken, TransferError, version
from gld_lists.downloading.session import Session
from gld_lists.downloading.transfer import disk, partial_of, size_of

MEGABYTE = 10**6
File = MetadataFile | Archive


def missing_files(
    folder: Path,
    parts: Sequence[str],
    base: str = BASE_URL,
    shards: Sequence[int] | None = None,
    keep: bool = False,
) -> list[File]:
    """The files of ``parts`` (``sources.PARTS`` but for the countries) that are not done yet.

    ``shards`` are the numbers of the archives, by default all; ``keep`` keeps them when unpacked.
    """
    files: list[File] = []
    if METADATA in parts:
        files += [MetadataFile(folder, table, base) for table in TABLES]
    for split, count in ARCHIVES.items():
        if split in parts:
            numbers = range(count) if shards is None else shards
            files += [Archive(folder, split, number, base, keep) for number in numbers]
    return [file for file in files if not file.done()]


def bytes_left(files: Sequence[File], workers: int, session: Session) -> int:
    """How many bytes are still to be fetched, as far as the server says."""
    lengths: list[int] = []
    parallel.run([partial(_measure, file, lengths) for file in files], workers, session)
    return sum(lengths)


def fetch_files(files: Sequence[File], workers: int, session: Session) -> None:
    """Fetch the files, ``workers`` at a time. Raises DataError with all that failed."""
    parallel.run([file.fetch for file in files], workers, session)


def refuse_full(folder: Path, needed: int) -> None:
    """Raise DataError when fewer than ``needed`` bytes are free in ``folder``."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise DataError(
            f"{folder}: {free / 1e9:.1f} GB free, expected {needed / 1e9:.1f} GB for what is to be "
            "fetched; make room, or fetch a part with --shards"
        )


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Make the folder, and raise DataError when another process downloads into it."""
    with disk(folder):
        folder.mkdir(parents=True, exist_ok=True)
        stream = (folder / ".download.lock").open("w")
    with stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DataError(
                f"{folder}: another download writes here; wait until it ends, or name another "
                "folder"
            ) from error
        yield


def in_steps(update: Callable[[int], None], size: int = 1) -> Callable[[int], None]:
    """A counter for several threads, which tells ``update`` of each ``size`` that came together."""
    lock, total, told = Lock(), 0, 0

    def count(number: int) -> None:
        nonlocal total, told
        with lock:
            total += number
            steps = total // size - told
            if steps:
                update(steps)
                told += steps

    return count


def _measure(file: File, lengths: list[int], session: Session) -> None:
    if file.target.exists():
        return
    try:
        length = version(file.url, session.timeout).length or 0
    except (Broken, TransferError):
        # Fetching it will say what is wrong; here only the forecast lacks it.
        return
    lengths.append(max(0, length - size_of(partial_of(file.target))))
