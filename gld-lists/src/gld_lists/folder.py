"""A list of the images in any folder."""

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
    """List the images below ``folder``, at any depth, by path: columns ``id`` and ``path``.

    Paths are relative to the folder, and names are kept byte for byte. An id is the path without
    its suffix, or with it where two images would share an id. Hidden files and folders are skipped.
    Symbolic links are followed, except broken links and links to a folder that contains them.
    Raises DataError when there is no image.
    """
    paths = _image_paths(folder)
    return pl.DataFrame({"id": _ids(paths), "path": paths})


def _image_paths(folder: Path) -> list[str]:
    if not folder.is_dir():
        raise DataError(f"{folder}: not a folder; expected a folder of images")
    paths: list[str] = []
    others = 0
    for entry in _files(folder):
        if not entry.name.lower().endswith(IMAGE_SUFFIXES):
            others += 1
        elif _is_file(entry):
            paths.append(_relative(Path(entry.path), folder))
        else:
            log.warning("%s: not a file, or a broken link: skipped", entry.path)
    if not paths:
        raise DataError(
            f"{folder}: no images; expected files that end in {' '.join(IMAGE_SUFFIXES)}"
        )
    if others:
        log.warning("%s: %d other files skipped", folder, others)
    return sorted(paths)


def _files(folder: Path) -> Iterator[os.DirEntry[str]]:
    """Yield all entries below ``folder`` that are neither folders nor hidden."""
    # Each folder with the identities of the folders that contain it: a link to one is a cycle.
    waiting = [(str(folder), frozenset({_identity(folder.stat())}))]
    while waiting:
        path, parents = waiting.pop()
        for entry in _entries(path):
            if entry.name.startswith("."):
                continue
            if not _is_folder(entry):
                yield entry
            elif (identity := _identity(entry.stat())) in parents:
                log.warning("%s: a link to a folder that contains it: not followed", entry.path)
            else:
                waiting.append((entry.path, parents | {identity}))


def _entries(path: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(path) as entries:
            return list(entries)
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from error


def _is_folder(entry: os.DirEntry[str]) -> bool:
    # For a link to itself DirEntry.is_dir raises an error, while Path.is_dir returns False.
    return Path(entry.path).is_dir() if entry.is_symlink() else entry.is_dir()


def _is_file(entry: os.DirEntry[str]) -> bool:
    return Path(entry.path).is_file() if entry.is_symlink() else entry.is_file()


def _identity(status: os.stat_result) -> tuple[int, int]:
    """Return device and inode, which identify a folder under any link to it."""
    return status.st_dev, status.st_ino


def _relative(file: Path, folder: Path) -> str:
    path = file.relative_to(folder).as_posix()
    try:
        path.encode()
    except UnicodeEncodeError as error:
        raise DataError(f"{path!a}: the name is not UTF-8, as a list must be; rename it") from error
    return path


def _ids(paths: Sequence[str]) -> list[str]:
    stems = [PurePosixPath(path).with_suffix("").as_posix() for path in paths]
    count = Counter(stems)
    ids = [path if count[stem] > 1 else stem for path, stem in zip(paths, stems, strict=True)]
    # "a.jpg.png" without its suffix can still equal the whole path of another image.
    return ids if len(set(ids)) == len(ids) else list(paths)
