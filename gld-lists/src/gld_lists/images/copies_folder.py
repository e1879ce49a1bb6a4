"""The folder of smaller copies: made by one process at a time, resumed after an interruption."""

import json
import posixpath
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
from gld_shared.errors import DataError, cannot_write
from gld_shared.file_lock import locked
from gld_shared.files import open_output
from gld_shared.json_parser import parse_json

from gld_lists.images.copy_checksums import CHECKSUMS

QUALITY = 95
SETTINGS = ".gld-resize.json"
_LOCK = ".gld-resize.lock"
_UNFINISHED = ".unfinished"
# The names that this command gives to its own files, and those of files half written.
_OWN = (SETTINGS, CHECKSUMS, _LOCK, _UNFINISHED)
_HALF_WRITTEN = (f".{SETTINGS}.", f".{CHECKSUMS}.")


@contextmanager
def copies_folder(source: Path, target: Path, size: int) -> Iterator[Path]:
    """Make ``target`` a folder for copies of this size, unless it already is, for one process.

    Yields a folder for unfinished files. When the block fails before the first copy, nothing is
    left. Raises DataError when ``target`` is ``source`` itself, holds copies of another size or
    other files, or when another process writes there.
    """
    if target.exists() and target.samefile(source):
        raise DataError(f"{target}: is the folder of the originals; name another with -o")
    is_new = not target.exists()
    busy = (
        f"{target}: another gld-lists resize writes here; wait until it ends, or name another "
        "folder"
    )
    try:
        with _made(target), locked(target / _LOCK, busy):
            _claim(target, size)
            with _unfinished_files(target) as unfinished:
                yield unfinished
    except BaseException:
        if is_new and target.exists() and not any(target.iterdir()):
            target.rmdir()
        raise


def refuse_own_names(rows: pl.DataFrame, target: Path) -> None:
    """Raise DataError for a path in a list that would take the place of this command's own file."""
    suspects = rows.filter(pl.col("path").str.contains_any(list(_OWN)))
    for identity, path in suspects.select("id", "path").iter_rows():
        if _is_own(posixpath.normpath(path).partition("/")[0]):
            raise DataError(
                f"id {identity}: the path {path!r} is that of a file which gld-lists resize keeps "
                f"in {target}; rename the image, or its folder, and its path in the list"
            )


def _is_own(name: str) -> bool:
    return name in _OWN or name.startswith(_HALF_WRITTEN)


@contextmanager
def _made(target: Path) -> Iterator[None]:
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(target, error) from error
    yield


def _claim(target: Path, size: int) -> None:
    """Note the settings of the copies in the folder, or check that they are the same."""
    settings = {"format": "gld-resized/1", "size": size, "quality": QUALITY}
    record = target / SETTINGS
    if not record.is_file():
        if any(not _is_own(entry.name) for entry in target.iterdir()):
            raise DataError(
                f"{target}: holds files that gld-lists resize did not write; name another folder"
            )
        with open_output(record) as stream:
            stream.write(json.dumps(settings).encode())
        return
    found = parse_json(
        record.read_bytes(), str(record), dict[str, Any], "name another folder with -o"
    )
    if found != settings:
        raise DataError(
            f"{target}: holds images of --size {found.get('size')}, expected {size}; "
            "name another folder, or delete this one"
        )


@contextmanager
def _unfinished_files(target: Path) -> Iterator[Path]:
    """Make a folder for unfinished files, and remove it, with a record that is alone."""
    unfinished = target / _UNFINISHED
    shutil.rmtree(unfinished, ignore_errors=True)  # of a process that was killed
    unfinished.mkdir()
    try:
        yield unfinished
    except BaseException:
        if all(_is_own(entry.name) for entry in target.iterdir()):
            for file in (target / CHECKSUMS, target / SETTINGS):
                file.unlink(missing_ok=True)
        raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
