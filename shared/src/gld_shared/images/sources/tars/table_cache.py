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
from gld_shared.work.claims import Claims

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
    missing = [at for at, file in enumerate(files) if not file.exists()]
    if missing:
        log.info("reading the headers of %d tar archives", len(missing))
        _scan_all(archives, files, missing, folder / "tar-claims", give_up)
    return [Members.load(file) for file in files]


def _scan_all(
    archives: Sequence[Archive], files: list[Path], missing: list[int], file: Path, give_up: GiveUp
) -> None:
    with closing(Claims(file)) as claims, threads_that_give_up(_AT_A_TIME, give_up) as threads:

        def scan(at: int, wait: bool) -> None:
            if files[at].exists() or not claims.take(at, wait):
                return
            # Look again: another process may have scanned it before this one claimed it.
            if not files[at].exists():
                with atomic_file(files[at]) as stream:
                    _scan(archives[at]).save(stream)
            claims.give_back(at)

        list(threads.map(lambda at: scan(at, wait=False), missing))
        for at in missing:
            scan(at, wait=True)


def _scan(archive: Archive) -> Members:
    with archive.open() as stream:
        return scan_members(stream, archive.name)
