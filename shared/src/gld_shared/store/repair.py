"""Making whole an unfinished group that a power cut, or another fault, has damaged."""

import filecmp
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gld_shared.errors import DataError, cannot_write
from gld_shared.files import sync_file
from gld_shared.json_parser import as_json
from gld_shared.settings_difference import settings_digest
from gld_shared.store.array_layout import ArrayLayout
from gld_shared.store.checksums import matches_checksum
from gld_shared.store.chunk_digests import read_record
from gld_shared.store.group_spec import Group, GroupSpec
from gld_shared.store.layout import METADATA
from gld_shared.store.metadata import read_layout, read_metadata
from gld_shared.store.regular_files import size_of
from gld_shared.store.unfinished_metadata import write_empty_group
from gld_shared.unfinished_names import new_folder_beside, remove_folder

log = logging.getLogger(__name__)


def open_repaired(partial: Path, spec: GroupSpec[Group]) -> Group:
    """Open an unfinished group, of which what is not whole is made again.

    The metadata of the arrays, and arrays written whole, are replaced if they differ from those of
    ``spec``. Chunks that do not match their checksum, and those that a run with other settings
    made, as a copy of two folders into one may leave, are removed, so that they count as missing.
    A warning names each file. Any number of processes may repair a group at once. Raises DataError
    when the metadata of the group is damaged: see ``restore_metadata``; and for a group without a
    list that was made with other ids.

    Cost: a store's ids are written once, and all chunks are read. Memory: 65,536 ids.
    """
    try:
        with _empty_group(partial, spec) as fresh:
            for name in spec.kind.arrays:
                # A list in the settings says which ids there are, so that others are damage.
                if not spec.settings().get("list"):
                    _refuse_others(fresh / name, partial / name, partial)
                _replace_damaged(fresh / name, partial / name)
        group = spec.open_group(partial)
        for name in spec.chunked:
            _remove_unfit_chunks(group.arrays[name], digest_of_settings(spec))
    except OSError as error:
        raise cannot_write(partial, error) from error
    return group


def restore_metadata(partial: Path, spec: GroupSpec[Group]) -> bool:
    """Make the ``zarr.json`` of an unfinished group again; return False if that may be wrong.

    Its settings decide whether the group is that of ``spec``. In its place, the records of chunks
    show the settings: there is one at least, and none shows others. Chunks without a record are
    removed, so that they count as missing. Warnings name the files.
    """
    chunks = [file for name in spec.chunked for file in sorted(partial.glob(f"{name}/c/*/0"))]
    records = [(file, read_record(file, spec.kind.restore)) for file in chunks]
    if {record.settings for _, record in records if record} != {digest_of_settings(spec)}:
        return False
    for file in (file for file, record in records if record is None):
        log.warning("%s: nothing shows by which settings it was made; made again", file)
        file.unlink(missing_ok=True)
    with _empty_group(partial, spec) as fresh:
        _replace(fresh / METADATA, partial / METADATA)
    return True


def digest_of_settings(spec: GroupSpec[Group]) -> bytes:
    """Compute SHA-256 of the properties that an earlier run's group must share."""
    return settings_digest(as_json(spec.settings()))


@contextmanager
def _empty_group(partial: Path, spec: GroupSpec[Group]) -> Iterator[Path]:
    """Make an empty group of the same layout beside an unfinished one, and remove it."""
    with new_folder_beside(partial) as beside:
        write_empty_group(spec, beside, checksums=not _is_of_older_release(partial, spec))
        yield beside
        remove_folder(beside)


def _is_of_older_release(partial: Path, spec: GroupSpec[Group]) -> bool:
    """Return whether the chunks of an unfinished group have no checksums."""
    try:
        layout = read_layout(partial / spec.chunked[0], spec.kind)
    except DataError:
        return False
    return not layout.has_checksums


def _refuse_others(fresh: Path, array: Path, partial: Path) -> None:
    """Raise DataError if an array that is written whole, such as ids, is undamaged and another."""
    for source in sorted(fresh.glob("c/*")):
        target = array / source.relative_to(fresh)
        is_whole = source.is_file() and size_of(target) is not None and matches_checksum(target)
        if is_whole and not filecmp.cmp(source, target, shallow=False):
            raise DataError(
                f"{partial}: was made with other {array.name}; choose another output, or move this "
                "one away"
            )


def _replace_damaged(fresh: Path, array: Path) -> None:
    """Replace the files of an array by those of an empty one where they differ."""
    for source in sorted(file for file in fresh.rglob("*") if file.is_file()):
        target = array / source.relative_to(fresh)
        if size_of(target) is None or not filecmp.cmp(source, target, shallow=False):
            # Not the group's own folder: another process may have renamed it.
            for parent in list(reversed(target.relative_to(array.parent).parents))[1:]:
                (array.parent / parent).mkdir(exist_ok=True)
            _replace(source, target)


def _replace(source: Path, target: Path) -> None:
    # Another version of Zarr may order or space metadata in another way, which is no damage.
    if not _is_same_metadata(source, target):
        log.warning("%s: damaged or missing; made again", target)
    sync_file(source)
    source.replace(target)


def _is_same_metadata(source: Path, target: Path) -> bool:
    if source.name != METADATA or size_of(target) is None:
        return False
    try:
        return _metadata(source) == _metadata(target)
    except DataError:
        return False


def _metadata(file: Path) -> object:
    return read_metadata(file, dict[str, Any])


def _remove_unfit_chunks(layout: ArrayLayout, settings: bytes) -> None:
    if not layout.has_checksums:
        return
    for file in layout.files():
        fault = _fault_of(file, settings, layout.restore)
        if fault:
            log.warning("%s: %s; made again", file, fault)
            file.unlink(missing_ok=True)


def _fault_of(file: Path, settings: bytes, restore: str) -> str | None:
    if size_of(file, restore) is None:
        return None
    if not matches_checksum(file, restore):
        return "damaged, its checksum does not match"
    record = read_record(file, restore)
    if record is not None and record.settings != settings:
        return "was made with other settings"
    return None
