"""Any folder of images as a list."""

import logging
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

import polars as pl
from gld_shared.errors import DataError

log = logging.getLogger(__name__)

IMAGE_SUFFIXES = (
    *(".jpg", ".jpeg", ".jfif", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff"),
    *(".heic", ".heif", ".hif", ".avif"),
)


def folder_list(folder: Path) -> pl.DataFrame:
    """The images below ``folder``, at any depth, ordered by path: columns ``id`` and ``path``.

    Paths are relative to the folder; names stay as they are, byte for byte. An id is the path
    without its suffix, or with it where two images would share one. Hidden files and folders are
    passed over. Links are followed as if what they lead to stood in their place, except one that
    leads to a folder around it, or nowhere. Raises DataError when there is no image.
    """
    paths = _image_paths(folder)
    return pl.DataFrame({"id": _ids(paths), "path": paths})


def _image_paths(folder: Path) -> list[str]:
    if not folder.is_dir():
        raise DataError(f"{folder}: not a folder; expected one that holds images")
    paths: list[str] = []
    others = 0
    for entry in _files(folder):
        if not entry.name.lower().endswith(IMAGE_SUFFIXES):
            others += 1
        elif _is_file(entry):
            paths.append(_relative(Path(entry.path), folder))
        else:
            log.warning("%s: not a file, or a link that leads nowhere: passed over", entry.path)
    if not paths:
        raise DataError(
            f"{folder}: no images; expected files that end in {' '.join(IMAGE_SUFFIXES)}"
        )
    if others:
        log.warning("%s: %d other files passed over", folder, others)
    return sorted(paths)


def _files(folder: Path) -> Iterator[os.DirEntry[str]]:
    """Whatever is no folder, below ``folder``."""
    waiting = [(str(folder), frozenset({_identity(folder.stat())}))]
    while waiting:
        place, around = waiting.pop()
        for entry in _entries(place):
            if entry.name.startswith("."):
                continue
            if not _is_folder(entry):
                yield entry
            elif (identity := _identity(entry.stat())) in around:
                log.warning("%s: a link to a folder around it: not followed", entry.path)
            else:
                waiting.append((entry.path, around | {identity}))


def _entries(place: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(place) as entries:
            return list(entries)
    except OSError as error:
        raise DataError(f"{place}: cannot be read: {error.strerror}") from error


def _is_folder(entry: os.DirEntry[str]) -> bool:
    # A link to itself is an error to the entry, and no folder to Path.
    return Path(entry.path).is_dir() if entry.is_symlink() else entry.is_dir()


def _is_file(entry: os.DirEntry[str]) -> bool:
    return Path(entry.path).is_file() if entry.is_symlink() else entry.is_file()


def _identity(status: os.stat_result) -> tuple[int, int]:
    """What tells one folder from all others, by whatever links it is reached."""
    return status.st_dev, status.st_ino


def _relative(file: Path, folder: Path) -> str:
    path = file.relative_to(folder).as_posix()
    try:
        path.encode()
    except UnicodeEncodeError as error:
        raise DataError(f"{path!a}: the name is not UTF-8, as a list must be; rename it") from error
    return path


def _ids(paths: Sequence[str]) -> list[str]:
    bare = [PurePosixPath(path).with_suffix("").as_posix() for path in paths]
    count = Counter(bare)
    ids = [path if count[stem] > 1 else stem for path, stem in zip(paths, bare, strict=True)]
    # A name such as "a.jpg.png" can still meet the whole name of another.
    return ids if len(set(ids)) == len(ids) else list(paths)
