"""Opening the source that ``--images`` names."""

from pathlib import Path

from gld_shared.errors import DataError
from gld_shared.images.sources.base import Source
from gld_shared.images.sources.braces import expand_braces
from gld_shared.images.sources.folder import Folder

_COMPRESSED = (".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar.zst")
_LOCAL = "file://"


def open_source(images: str, work: Path) -> Source:
    """Open the source named ``images``; an index of tars is kept in the folder ``work``.

    ``images`` is ``X.tar``, several tars by braces, or a folder; each local, or behind a URL that
    fsspec supports. Raises DataError when the source does not exist, SourceError when a tar is
    broken or cannot be reached.
    """
    images = images.removeprefix(_LOCAL)
    is_remote = "://" in images
    # A signed URL has a query after the file's name.
    name = images.partition("?")[0] if is_remote else images
    if name.endswith(_COMPRESSED):
        raise DataError(
            f"{images}: compressed, so no image in it can be read without all before it; "
            "unpack it to a plain .tar, for example with gunzip"
        )
    if is_remote:
        from gld_shared.images.sources.tars.remote import RemoteTars
        from gld_shared.images.sources.url_folder import UrlFolder

        return RemoteTars(expand_braces(images), work) if _is_tar(name) else UrlFolder(images)
    if _is_tar(name) and not Path(name).is_dir():
        from gld_shared.images.sources.tars.local import LocalTars

        return LocalTars([Path(name) for name in expand_braces(images)], work)
    return Folder(Path(images))


def _is_tar(name: str) -> bool:
    return name.endswith(".tar")
