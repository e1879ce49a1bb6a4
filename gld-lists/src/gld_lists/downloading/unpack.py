"""Unpack an archive of images into the tree a/b/c/abc....jpg, and refuse anything else."""

import re
import shutil
import tarfile
from pathlib import Path, PurePosixPath

from gld_shared.errors import DataError
from gld_shared.files import atomic_file

from gld_lists.downloading.retries_and_stop import Session
from gld_lists.downloading.transfer import disk

# An image is in three nested folders named by the first characters of its id.
_IMAGE = re.compile(r"([0-9a-z])/([0-9a-z])/([0-9a-z])/\1\2\3[0-9a-z]*\.jpg")
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
        with tarfile.open(archive, "r:") as tar:
            images = _images(archive, tar)
            with disk(folder):
                for path, member in images.items():
                    session.check()
                    _write(tar, member, folder / path)
    except (tarfile.TarError, ValueError) as error:
        raise BadArchive(
            f"{archive}: not a whole tar archive: {error}; nothing of it was unpacked, try another "
            "--base-url"
        ) from error
    return len(images)


def _images(archive: Path, tar: tarfile.TarFile) -> dict[str, tarfile.TarInfo]:
    images: dict[str, tarfile.TarInfo] = {}
    for member in tar:
        wrong = _wrong(member)
        if wrong is not None:
            raise BadArchive(
                f"{archive}: member {member.name} {wrong}, expected images such as "
                "a/b/c/abc0123456789def.jpg; nothing of it was unpacked, try another --base-url"
            )
        if not member.isdir():
            images[str(PurePosixPath(member.name))] = member
    _refuse_cut(tar)
    if not images:
        raise tarfile.ReadError("no images in it")
    return images


def _wrong(member: tarfile.TarInfo) -> str | None:
    path = PurePosixPath(member.name)
    if path.is_absolute() or ".." in path.parts:
        return "leaves the target folder"
    if member.size < 0:
        return "has a negative size"
    if member.isdir():
        return None
    if member.type not in _PLAIN:
        return f"is {_KINDS.get(member.type, f'of type {member.type!r}')}"
    return None if _IMAGE.fullmatch(str(path)) else "is not an image in its place"


def _refuse_cut(tar: tarfile.TarFile) -> None:
    """Raise ReadError unless the archive ends in a block of zeros; tarfile accepts any end."""
    assert tar.fileobj is not None
    tar.fileobj.seek(tar.offset)
    if tar.fileobj.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):
        raise tarfile.ReadError(f"no end of archive at byte {tar.offset}")


def _write(tar: tarfile.TarFile, member: tarfile.TarInfo, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.partial")
    source = tar.extractfile(member)
    assert source is not None
    with source, atomic_file(target, unfinished=partial) as stream:
        shutil.copyfileobj(source, stream)
