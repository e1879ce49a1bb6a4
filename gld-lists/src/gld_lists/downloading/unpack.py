"""Unpack an archive of images into the tree a/b/c/abc....jpg, and refuse anything else."""

import re
import tarfile
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from gld_shared.errors import DataError
from gld_shared.files import atomic_file
from gld_shared.images.sources.tars.members import BrokenTarError, read_members

from gld_lists.downloading.retries_and_stop import Session
from gld_lists.downloading.transfer import disk

# An image is in three nested folders named by the first characters of its id.
_IMAGE = re.compile(r"([0-9a-z])/([0-9a-z])/([0-9a-z])/\1\2\3[0-9a-z]*\.jpg")
_BLOCK = 1 << 20
_PLAIN = (tarfile.REGTYPE, tarfile.AREGTYPE)
_KINDS = {
    tarfile.SYMTYPE: "a symbolic link",
    tarfile.LNKTYPE: "a hard link",
    tarfile.CHRTYPE: "a device",
    tarfile.BLKTYPE: "a device",
    tarfile.FIFOTYPE: "a named pipe",
}


class BadArchive(DataError):
    """An archive is broken, or holds anything other than images."""


def unpack(archive: Path, folder: Path, session: Session) -> int:
    """Write the images of a tar archive below ``folder``, and return their number.

    All members are checked before the first is written, and each image is renamed once it is
    complete. Raises BadArchive for an archive that is broken, or holds anything other than folders
    and images in their places; DataError when the disk cannot be written.
    """
    try:
        with archive.open("rb") as stream:
            images = _images(archive, stream)
            with disk(folder):
                for path, member in images.items():
                    session.check()
                    _write(stream, member, folder / path)
    except BrokenTarError as error:
        raise BadArchive(
            f"{archive}: not a whole tar archive: {error}; nothing of it was unpacked, try another "
            "--base-url"
        ) from error
    return len(images)


def _images(archive: Path, stream: BinaryIO) -> dict[str, tarfile.TarInfo]:
    images: dict[str, tarfile.TarInfo] = {}
    for member in read_members(stream):
        wrong = _wrong(member)
        if wrong is not None:
            raise BadArchive(
                f"{archive}: member {member.name} {wrong}, expected images such as "
                "a/b/c/abc0123456789def.jpg; nothing of it was unpacked, try another --base-url"
            )
        if not member.isdir():
            images[str(PurePosixPath(member.name))] = member
    if not images:
        raise BrokenTarError("no images in it")
    return images


def _wrong(member: tarfile.TarInfo) -> str | None:
    path = PurePosixPath(member.name)
    if path.is_absolute() or ".." in path.parts:
        return "leaves the target folder"
    if member.isdir():
        return None
    if member.type not in _PLAIN:
        return f"is {_KINDS.get(member.type, f'of type {member.type!r}')}"
    return None if _IMAGE.fullmatch(str(path)) else "is not an image in its place"


def _write(archive: BinaryIO, member: tarfile.TarInfo, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.partial")
    archive.seek(member.offset_data)
    with atomic_file(target, unfinished=partial) as stream:
        left = member.size
        while left:
            block = archive.read(min(left, _BLOCK))
            if not block:
                raise BrokenTarError(f"shorter than before, at byte {archive.tell()}")
            stream.write(block)
            left -= len(block)
