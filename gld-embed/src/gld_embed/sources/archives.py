"""The tables of many tars, each made once by one of the processes at work, and kept in files."""

import logging
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from gld_embed.claims import Claims
from gld_embed.sources.members import Members, file_of, scan_members

log = logging.getLogger(__name__)
# Scanning mostly waits for a disk or a network.
_AT_A_TIME = 8


@dataclass(frozen=True)
class Archive:
    """A tar: its name, its size in bytes, and a text that changes when the tar does."""

    name: str
    size: int
    mark: str
    open: Callable[[], BinaryIO]


def members_of(archives: Sequence[Archive], folder: Path) -> list[Members]:
    """The table of each archive, mapped from its file in ``folder``, which exists.

    Processes that begin together share the scanning: each archive is claimed by one, and waited
    for by the others. Raises SourceError for a broken archive.
    """
    files = [file_of(folder, one.name, one.size, one.mark) for one in archives]
    missing = [at for at, file in enumerate(files) if not file.exists()]
    if missing:
        log.info("reading the headers of %d tar archives", len(missing))
        _scan_all(archives, files, missing, folder / "tar-claims")
    return [np.load(file, mmap_mode="r") for file in files]


def _scan_all(
    archives: Sequence[Archive], files: list[Path], missing: list[int], claimed: Path
) -> None:
    claims = Claims(claimed)

    def scan(at: int, wait: bool) -> None:
        if files[at].exists() or not claims.take(at, wait):
            return
        # Looked at again, now that nobody else can be at it.
        if not files[at].exists():
            _write(files[at], _scan(archives[at]))
        claims.give_back(at)

    try:
        with ThreadPoolExecutor(_AT_A_TIME, "tar") as pool:
            list(pool.map(lambda at: scan(at, wait=False), missing))
        for at in missing:
            scan(at, wait=True)
    finally:
        claims.close()


def _scan(archive: Archive) -> Members:
    with archive.open() as stream:
        return scan_members(stream, archive.name)


def _write(file: Path, members: Members) -> None:
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    with beside.open("wb") as stream:
        np.save(stream, members)
    beside.replace(file)
