"""Digests of a finished group's files, which reveal damaged files, and files of other groups.

A digest covers a ``zarr.json``, or the checksums of all chunks of an array in order, because a
chunk of another store has a valid checksum too. They are an attribute of the store.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from itertools import chain

from gld_shared.errors import DataError
from gld_shared.files import atomic_file
from gld_shared.store.array_layout import ArrayLayout
from gld_shared.store.checksums import matches_checksum, stored_checksum
from gld_shared.store.layout import METADATA
from gld_shared.store.metadata import read_group
from gld_shared.store.zarr_group import ZarrGroup

DIGESTS = "digests"


def write_digests(group: ZarrGroup) -> None:
    """Write the digests of a complete store into its ``zarr.json``, whole or not at all.

    A store begun by an older release has no checksums, and so no digests.
    """
    if not _is_checksummed(group):
        return
    metadata = read_group(group.folder, group.kind)
    digests = chain(_metadata_digests(group), _chunk_digests(group))
    metadata["attributes"][DIGESTS] = dict(digests)
    with atomic_file(group.folder / METADATA, sync=True) as stream:
        stream.write(json.dumps(metadata, indent=2).encode())


def has_digests(group: ZarrGroup) -> bool:
    """Return whether a store has digests, which older stores and other programs' stores lack."""
    return DIGESTS in group.attributes


def check_metadata_digests(group: ZarrGroup) -> None:
    """Raise DataError unless a store's metadata is that with which it was finished.

    Without digests there is nothing to check.
    """
    if has_digests(group):
        if not _is_checksummed(group):
            raise DataError(
                f"{group.folder / METADATA}: damaged (attribute {DIGESTS}); {group.kind.restore}"
            )
        _compare(group, _metadata_digests(group))


def check_chunk_digests(group: ZarrGroup) -> None:
    """Raise DataError unless a store's chunks, all present, are those of the finished store.

    Only the checksums at the end of the chunks are read. Without digests there is nothing to check.
    """
    if has_digests(group):
        _compare(group, _chunk_digests(group))


def _compare(group: ZarrGroup, digests: Iterable[tuple[str, str]]) -> None:
    for part, digest in digests:
        if group.attributes[DIGESTS].get(part) != digest:
            raise DataError(f"{_damaged_file(group, part)}; {group.kind.restore}")


def check_checksums(layout: ArrayLayout) -> None:
    """Raise DataError when a chunk of an array does not match its checksum, if it has one."""
    if not (layout.is_plain and layout.has_checksums):
        return
    for file in layout.files():
        if not matches_checksum(file, layout.restore):
            raise DataError(f"{_damaged_chunk(file)}; {layout.restore}")


def _damaged_chunk(file: object) -> str:
    return f"{file}: damaged, its checksum does not match"


def _is_checksummed(group: ZarrGroup) -> bool:
    return all(layout.is_plain and layout.has_checksums for layout in group.layouts)


def _metadata_digests(group: ZarrGroup) -> Iterator[tuple[str, str]]:
    """Yield the name of each ``zarr.json``, and its digest."""
    metadata = read_group(group.folder, group.kind)
    metadata["attributes"].pop(DIGESTS, None)
    yield METADATA, hashlib.sha256(json.dumps(metadata, sort_keys=True).encode()).hexdigest()
    for layout in group.layouts:
        array_metadata = (layout.folder / METADATA).read_bytes()
        yield f"{layout.name}/{METADATA}", hashlib.sha256(array_metadata).hexdigest()


def _chunk_digests(group: ZarrGroup) -> Iterator[tuple[str, str]]:
    """Yield the name of each array's folder of chunks, and its digest."""
    for layout in group.layouts:
        checksums = b"".join(stored_checksum(file, layout.restore) for file in layout.files())
        yield f"{layout.name}/c", hashlib.sha256(checksums).hexdigest()


def _damaged_file(group: ZarrGroup, part: str) -> str:
    """Name the damaged file of a part: a chunk that does not match its own checksum, if any."""
    for layout in group.layouts:
        if part == f"{layout.name}/c":
            damaged = (
                file for file in layout.files() if not matches_checksum(file, layout.restore)
            )
            file = next(damaged, None)
            if file is not None:
                return _damaged_chunk(file)
            return f"{group.folder / part}: holds chunks of another {group.kind.word}"
    return f"{group.folder / part}: changed since the {group.kind.word} was finished"
