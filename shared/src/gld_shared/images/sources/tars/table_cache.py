"""Tables of the members of many tars, each made by one of the running processes, and cached."""

import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from gld_shared.files import atomic_file
from gld_shared.images.sources.tars.headers import Members, file_of, scan_members
from gld_shared.work.claims import CLAIMS, Claims
from gld_shared.zip_check import is_whole_zip

log = logging.getLogger(__name__)
# Scanning mostly waits for the disk or the network.
_AT_A_TIME = 8
GiveUp = Callable[[], object]


@dataclass(frozen=True)
class Archive:
    """A tar: its name, its size in bytes, and a string that changes when the tar does."""

    name: str
    size: int
    mark: str
    open: Callable[[], BinaryIO]


@contextmanager
def threads_that_give_up(count: int, give_up: GiveUp) -> Iterator[Executor]:
    """Run threads that end with the block; ``give_up`` makes them fail when the block fails."""
    with ThreadPoolExecutor(count, "tar") as threads:
        try:
            yield threads
        except BaseException:
            give_up()
            raise


def members_of(
    archives: Sequence[Archive], folder: Path, give_up: GiveUp = lambda: None
) -> list[Members]:
    """Return the table of each archive, read from its file in ``folder``, which exists.

    Processes that start together share the scanning: one claims an archive, and the others wait for
    its table. Raises SourceError for a broken archive. ``give_up`` makes the threads fail that are
    waiting for data.
    """
    files = [file_of(folder, archive.name, archive.size, archive.mark) for archive in archives]
    missing = [at for at, file in enumerate(files) if not _is_whole(file)]
    for file in (files[at] for at in missing if files[at].exists()):
        log.warning("%s: damaged; made again from the archive", file)
    if missing:
        log.info("reading the headers of %d tar archives", len(missing))
        _scan_all(archives, files, missing, folder / f"tar-{CLAIMS}", give_up)
    return [Members.load(file) for file in files]


def _scan_all(
    archives: Sequence[Archive], files: list[Path], missing: list[int], file: Path, give_up: GiveUp
) -> None:
    with closing(Claims(file)) as claims, threads_that_give_up(_AT_A_TIME, give_up) as threads:

        def scan(at: int, wait: bool) -> None:
            if _is_whole(files[at]) or not claims.take(at, wait):
                return
            # Look again: another process may have scanned it before this one claimed it.
            if not _is_whole(files[at]):
                with atomic_file(files[at], sync=True) as stream:
                    _scan(archives[at]).save(stream)
            claims.give_back(at)

        list(threads.map(lambda at: scan(at, wait=False), missing))
        for at in missing:
            scan(at, wait=True)


def _is_whole(file: Path) -> bool:
    """Return whether a table is there, and not damaged: a damaged one is made again."""
    if not file.exists():
        return False
    with file.open("rb") as stream:
        return is_whole_zip(stream)


def _scan(archive: Archive) -> Members:
    with archive.open() as stream:
        return scan_members(stream, archive.name)
