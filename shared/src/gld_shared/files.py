"""Files that are read and written whole: atomic renames, standard streams."""

import os
import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from gld_shared.compression import packed, unpacked
from gld_shared.errors import DataError, cannot_write
from gld_shared.limits import is_write_error
from gld_shared.output_targets import STDIO, descriptor_of, followed, is_stream, output_name
from gld_shared.standard_streams import standard_input, standard_output
from gld_shared.unfinished_names import new_file_beside, remove_dead, removed_on_error


def display_name(source: str | Path) -> str:
    """Return the name of an input in messages: its path, or "standard input" for ``-``."""
    return "standard input" if str(source) == STDIO else str(source)


def empty_input(source: str | Path) -> DataError:
    """Return the error for an input without content."""
    if str(source) != STDIO:
        return DataError(f"{source}: empty")
    return DataError(
        "standard input: empty; did the command before it fail? If it wrote to -o NAME, give NAME "
        "to this command instead"
    )


@contextmanager
def open_input(source: str | Path) -> Iterator[BinaryIO]:
    """Open a text file for reading bytes, unpacked if it is gzip or zstd; ``-`` is standard input.

    Raises DataError for a missing file, a folder and a device, and while damaged data are read.
    """
    if str(source) == STDIO:
        yield unpacked(standard_input(), display_name(source))
        return
    try:
        stream = Path(source).open("rb")  # noqa: SIM115  (closed below; only opening is tried)
    except OSError as error:
        raise DataError(f"{source}: cannot be read: {error.strerror}") from error
    with stream:
        _refuse_device(stream, source)
        yield unpacked(stream, str(source))


def _refuse_device(stream: BinaryIO, source: str | Path) -> None:
    """Raise DataError for a device such as /dev/zero, which would fill the memory."""
    status = os.fstat(stream.fileno())
    is_device = stat.S_ISCHR(status.st_mode) or stat.S_ISBLK(status.st_mode)
    if is_device and not stream.isatty() and status.st_rdev != Path(os.devnull).stat().st_rdev:
        raise DataError(f"{source}: a device, expected a file or a pipe")


@contextmanager
def open_output(target: str | Path) -> Iterator[BinaryIO]:
    """Open a file for writing bytes, whole or not at all; ``-`` is standard output.

    The file is synced before it gets its name; a link's target is replaced, and the link stays. A
    device, a pipe or a descriptor such as /dev/stdout is written to directly. What processes that
    were killed left of the same file is removed.
    Raises DataError when it cannot be created, and OSError naming it when it cannot be written.
    """
    if str(target) == STDIO:
        with writing(output_name(target)), standard_output() as stream:
            yield stream
        return
    final = Path(target)
    if final.is_dir() or str(target).endswith("/"):
        raise DataError(f"{target}: cannot be written: it is a folder, expected a file's name")
    with writing(str(target)), ExitStack() as stack:
        try:
            stream = stack.enter_context(_opened(final))
        except OSError as error:
            raise cannot_write(target, error) from error
        yield stream


@contextmanager
def writing(name: str) -> Iterator[None]:
    """Name a file in the system's error when the block cannot write to it: the disk is full, ..."""
    try:
        yield
    except OSError as error:
        if is_write_error(error):
            error.filename = name
        raise


def _opened(final: Path) -> AbstractContextManager[BinaryIO]:
    """Open what an output's path names; links are followed, so that they keep their place."""
    descriptor = descriptor_of(final)
    if descriptor is not None:
        os.set_blocking(descriptor, True)
        return os.fdopen(os.dup(descriptor), "wb")
    if is_stream(final):
        return final.open("wb")
    return atomic_file(followed(final), sync=True)


@contextmanager
def open_text_output(target: str | Path) -> Iterator[BinaryIO]:
    """Open a text file as ``open_output`` does, compressed if its name ends in .gz or .zst."""
    with open_output(target) as stream, packed(stream, str(target)) as text:
        yield text


@contextmanager
def atomic_file(
    final: Path, sync: bool = False, unfinished: Path | None = None
) -> Iterator[BinaryIO]:
    """Write ``unfinished`` and rename it to ``final`` when the block succeeds, else remove it.

    By default ``unfinished`` is a new hidden file in the same folder, where those that killed
    processes left of the same file are removed. ``sync`` writes through to the disk before the
    rename, and the new name after it, for files that must survive a power failure.
    """
    if unfinished is None:
        remove_dead(final)
        created = new_file_beside(final)
    else:
        created = _file_named(unfinished)
    with created as (beside, stream):
        yield stream
        stream.flush()
        if sync:
            os.fsync(stream.fileno())
        # While the file is open: its lock tells other processes that it is no leftover.
        beside.replace(final)
    if sync:
        sync_name(final)


@contextmanager
def _file_named(path: Path) -> Iterator[tuple[Path, BinaryIO]]:
    with removed_on_error(path), path.open("wb") as stream:
        yield path, stream


def sync_folder(folder: Path) -> None:
    """Write a folder and all that it holds through to the disk: see ``atomic_file``."""
    for entry in (folder, *folder.rglob("*")):
        sync_file(entry)


def sync_name(path: Path) -> None:
    """Write the name of a file or folder through to the disk, where the file system can."""
    with suppress(OSError):  # some network file systems cannot sync a folder
        sync_file(path.parent)


def sync_file(file: Path) -> None:
    """Write a file, or a folder's list of names, through to the disk."""
    descriptor = os.open(file, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
