"""Digests of a finished store's files, which reveal damaged files, and files of other stores.

A digest covers a ``zarr.json``, or the checksums of all chunks of an array in order, because a
chunk of another store has a valid checksum too. They are an attribute of the store.
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import zarr

from gld_shared.errors import DataError
from gld_shared.files import atomic_file
from gld_shared.store.checksums import matches_checksum, stored_checksum
from gld_shared.store.layout import (
    ARRAYS,
    METADATA,
    RESTORE,
    chunk_bytes,
    chunk_files,
    has_checksums,
    is_plain,
)
from gld_shared.store.zarr_group import read_metadata

DIGESTS = "digests"
_MISMATCH = "damaged or cut short, its checksum does not match"


def write_digests(folder: Path, group: zarr.Group) -> None:
    """Write the digests of a complete store into its ``zarr.json``, whole or not at all.

    A store begun by an older release has no checksums, and so no digests.
    """
    if not _is_checksummed(group):
        return
    metadata = read_metadata(folder / METADATA)
    metadata["attributes"][DIGESTS] = dict(_digests(folder, group))
    with atomic_file(folder / METADATA, sync=True) as stream:
        stream.write(json.dumps(metadata, indent=2).encode())


def has_digests(group: zarr.Group) -> bool:
    """Return whether a store has digests, which older stores and other programs' stores lack."""
    return DIGESTS in group.attrs


def check_whole(folder: Path, group: zarr.Group) -> None:
    """Raise DataError unless a store's files are those that it was finished with.

    Ids are read whole. Of the vectors, only the checksums are: a chunk's bytes are verified when
    they are needed. Of a store without digests, only the presence of its chunks is checked, and
    the length of those of vectors.
    """
    if not has_digests(group):
        for name in ARRAYS:
            _check_present(folder, group, name)
        _check_lengths(folder, group)
        return
    written = group.attrs[DIGESTS]
    if not (isinstance(written, dict) and _is_checksummed(group)):
        raise DataError(f"{folder / METADATA}: damaged (attribute {DIGESTS}); {RESTORE}")
    for part, digest in _digests(folder, group):
        if written.get(part) != digest:
            raise DataError(f"{_damaged_file(folder, group, part)}; {RESTORE}")
    check_ids(folder, group)


def check_ids(folder: Path, group: zarr.Group) -> None:
    """Raise DataError when a chunk of a store's ids is missing or damaged, finished or not."""
    _check_present(folder, group, "ids")
    if _is_checksummed(group):
        for file in chunk_files(folder, group, "ids"):
            if not matches_checksum(file):
                raise DataError(f"{file}: {_MISMATCH}; {RESTORE}")


def _is_checksummed(group: zarr.Group) -> bool:
    return all(is_plain(group, name) and has_checksums(group, name) for name in ARRAYS)


def _digests(folder: Path, group: zarr.Group) -> Iterator[tuple[str, str]]:
    """Yield the name of each part of a store, and its digest; metadata first."""
    metadata = read_metadata(folder / METADATA)
    metadata["attributes"].pop(DIGESTS, None)
    yield METADATA, hashlib.sha256(json.dumps(metadata, sort_keys=True).encode()).hexdigest()
    for name in ARRAYS:
        array_metadata = (folder / name / METADATA).read_bytes()
        yield f"{name}/{METADATA}", hashlib.sha256(array_metadata).hexdigest()
    for name in ARRAYS:
        checksums = b"".join(_stored_checksums(folder, group, name))
        yield f"{name}/c", hashlib.sha256(checksums).hexdigest()


def _stored_checksums(folder: Path, group: zarr.Group, name: str) -> Iterator[bytes]:
    for file in chunk_files(folder, group, name):
        try:
            yield stored_checksum(file)
        except OSError as error:
            _check_present(folder, group, name)
            raise DataError(f"{file}: cannot be read: {error.strerror}; {RESTORE}") from error


def _check_present(folder: Path, group: zarr.Group, name: str) -> None:
    if not is_plain(group, name):
        return
    files = chunk_files(folder, group, name)
    missing = [file for file in files if not file.is_file()]
    if missing:
        raise DataError(
            f"{missing[0]}: missing ({len(missing)} of {len(files)} chunks of {name} are); "
            f"{RESTORE}"
        )


def _check_lengths(folder: Path, group: zarr.Group) -> None:
    """Raise DataError for a chunk of vectors that is cut short, where all are equally long."""
    if not is_plain(group, "vectors"):
        return
    expected = chunk_bytes(group)
    for file in chunk_files(folder, group, "vectors"):
        found = file.stat().st_size
        if found != expected:
            raise DataError(f"{file}: {found:,} bytes, expected {expected:,}; {RESTORE}")


def _damaged_file(folder: Path, group: zarr.Group, part: str) -> str:
    """Name the damaged file of a part: a chunk that does not match its own checksum, if any."""
    name = part.removesuffix("/c")
    if name not in ARRAYS:
        return f"{folder / part}: changed since the store was finished"
    for file in chunk_files(folder, group, name):
        if not matches_checksum(file):
            return f"{file}: {_MISMATCH}"
    return f"{folder / part}: holds chunks of another store"
