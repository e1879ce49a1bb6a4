"""Image files in folders and tars, and checks that a source returns their bytes."""

import io
import tarfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from gld_shared.errors import DataError
from gld_shared.images.sources import Source, open_source

FILES = {f"0/{i % 3}/{i}.jpg": bytes([i]) * (i * 700 + 1) for i in range(20)}


def make_folder(path: Path, files: Mapping[str, bytes] = FILES) -> Path:
    """Write files below a folder."""
    for name, data in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    return path


def make_tar(
    path: Path,
    files: Mapping[str, bytes] = FILES,
    form: int = tarfile.GNU_FORMAT,
    prefix: str = "",
) -> Path:
    """Write a tar of files, whose names begin with ``prefix``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w", format=form) as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(prefix + name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return path


def make_linked_tar(
    path: Path, *members: tuple[str, bytes] | tuple[str, str, str], form: int = tarfile.GNU_FORMAT
) -> Path:
    """Write a tar of members: a name and bytes, or a name, ``hard`` or ``symbolic``, a target."""
    with tarfile.open(path, "w", format=form) as tar:
        for entry in members:
            member, data = tarfile.TarInfo(entry[0]), b""
            if len(entry) == 2:
                data = entry[1]
            else:
                member.type = {"hard": tarfile.LNKTYPE, "symbolic": tarfile.SYMTYPE}[entry[1]]
                member.linkname = entry[2]
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return path


def halves() -> list[dict[str, bytes]]:
    """Return FILES in two halves, dealt out alternately."""
    names = list(FILES)
    return [{name: FILES[name] for name in names[start::2]} for start in (0, 1)]


def work_folder(folder: Path) -> Path:
    """Return a folder for the indexes of tars, made if it is missing."""
    (folder / "work").mkdir(exist_ok=True)
    return folder / "work"


def opened(images: str | Path, folder: Path) -> "closing[Source]":
    """Open a source for a ``with`` block, its indexes in ``folder / "work"``."""
    return closing(open_source(str(images), work_folder(folder)))


def check_all(images: str | Path, folder: Path, files: Mapping[str, bytes] = FILES) -> None:
    """Check that several threads read all files right, announced by ``expect`` or not."""
    with opened(images, folder) as source, ThreadPoolExecutor(3) as pool:
        assert list(pool.map(source.read, files)) == list(files.values())
        source.expect(list(files))
        assert list(pool.map(source.read, files)) == list(files.values())


def failure(images: str | Path, folder: Path, path: str = "0/0/0.jpg") -> DataError:
    """Return the error that opening a source, or reading a path from it, raises."""
    try:
        with opened(images, folder) as source:
            source.read(path)
    except DataError as error:
        return error
    raise AssertionError(f"{images}: {path} can be read")
