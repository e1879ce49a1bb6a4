"""Making whole an unfinished group that a power cut, or another fault, has damaged."""

import filecmp
import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gld_shared.errors import DataError
from gld_shared.files import sync_file
from gld_shared.store.array_layout import ArrayLayout
from gld_shared.store.checksums import matches_checksum
from gld_shared.store.group_spec import Group, GroupSpec
from gld_shared.store.layout import METADATA
from gld_shared.store.metadata import read_layout, read_metadata
from gld_shared.store.regular_files import size_of
from gld_shared.unfinished_names import name_beside

log = logging.getLogger(__name__)


def open_repaired(partial: Path, spec: GroupSpec[Group]) -> Group:
    """Open an unfinished group, of which what is not whole is made again.

    The metadata of the arrays, and arrays written whole, are replaced if they differ from those of
    ``spec``. Chunks that do not match their checksum are removed, so that they count as missing. A
    warning names each file. Any number of processes may repair a group at once. Raises DataError
    when the metadata of the group is damaged: its settings decide whether the group is the same.

    Cost: a store's ids are written once, and all chunks are read. Memory: 65,536 ids.
    """
    try:
        with _empty_group(partial, spec) as fresh:
            for name in spec.kind.arrays:
                _replace_damaged(fresh / name, partial / name)
        group = spec.open_group(partial)
        for name in spec.chunked:
            _remove_damaged_chunks(group.arrays[name])
    except OSError as error:
        raise DataError(f"{partial}: cannot be written: {error.strerror}") from error
    return group


@contextmanager
def _empty_group(partial: Path, spec: GroupSpec[Group]) -> Iterator[Path]:
    """Make an empty group of the same layout beside an unfinished one, and remove it."""
    beside = name_beside(partial)
    try:
        spec.write_empty(beside, checksums=not _is_of_older_release(partial, spec))
        yield beside
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _is_of_older_release(partial: Path, spec: GroupSpec[Group]) -> bool:
    """Return whether the chunks of an unfinished group have no checksums."""
    try:
        layout = read_layout(partial / spec.chunked[0], spec.kind)
    except DataError:
        return False
    return not layout.has_checksums


def _replace_damaged(fresh: Path, array: Path) -> None:
    """Replace the files of an array by those of an empty one where they differ."""
    for source in sorted(file for file in fresh.rglob("*") if file.is_file()):
        target = array / source.relative_to(fresh)
        if not _is_same(source, target):
            log.warning("%s: damaged or missing; made again", target)
            target.parent.mkdir(parents=True, exist_ok=True)
            sync_file(source)
            source.replace(target)


def _is_same(source: Path, target: Path) -> bool:
    if size_of(target) is None:
        return False
    if source.name != METADATA:
        return filecmp.cmp(source, target, shallow=False)
    try:
        return _metadata(source) == _metadata(target)
    except DataError:
        return False


def _metadata(file: Path) -> object:
    # Another version of Zarr may order or space them in another way.
    return read_metadata(file, dict[str, Any])


def _remove_damaged_chunks(layout: ArrayLayout) -> None:
    if not layout.has_checksums:
        return
    for file in layout.files():
        if size_of(file, layout.restore) is not None and not matches_checksum(file, layout.restore):
            log.warning("%s: damaged, its checksum does not match; made again", file)
            file.unlink(missing_ok=True)
