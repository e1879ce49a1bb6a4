"""Digests of a finished group's files: made when it is finished, and read by whoever opens it.

They are the group's attribute ``digests``, from the name of a part to a SHA-256 in hexadecimals:

    zarr.json          of the group's metadata, without this attribute
    ARRAY/zarr.json    of the array's metadata
    ARRAY/c            of the CRC-32C checksums of all its chunks, in order
    ARRAY/sha256       of each chunk's file, in order, joined by spaces
    sha256             of all digests above: the group's own, which identifies all its contents

The attribute ``has_digests`` is true, so that a damaged key ``digests`` is an error: it would look
like that of an older release.

``digest_check`` compares them with the files. A chunk of another store has a valid checksum too,
therefore ``ARRAY/c``. Groups of older releases have no digests, or only the first three kinds;
unfinished ones have the first: see ``unfinished_metadata``.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

from gld_shared.errors import DataError
from gld_shared.files import atomic_file
from gld_shared.sha256 import sha256
from gld_shared.store.array_layout import ArrayLayout
from gld_shared.store.checksums import stored_checksum
from gld_shared.store.chunk_digests import chunk_digest
from gld_shared.store.layout import METADATA
from gld_shared.store.metadata import read_group
from gld_shared.store.zarr_group import ZarrGroup

DIGESTS = "digests"
HAS_DIGESTS = "has_digests"
DIGEST_ATTRIBUTES = (DIGESTS, HAS_DIGESTS)
OWN = "sha256"


def write_digests(group: ZarrGroup) -> None:
    """Write the digests of a complete store into its ``zarr.json``, whole or not at all.

    A store begun by an older release has no checksums, and so no digests.
    """
    if not is_checksummed(group):
        return
    metadata = read_group(group.folder, group.kind)
    digests = dict(chain(metadata_digests(group), checksum_digests(read_checksums(group))))
    for layout in group.layouts:
        each = (chunk_digest(file, layout) for file in layout.files())
        digests[all_chunks(layout)] = " ".join(each)
    metadata["attributes"][DIGESTS] = {**digests, OWN: digest_of(digests)}
    write_metadata(group.folder, metadata)


def write_metadata(folder: Path, metadata: dict[str, Any]) -> None:
    """Write a group's ``zarr.json``, whole or not at all."""
    with atomic_file(folder / METADATA, sync=True) as stream:
        stream.write(json.dumps(metadata, indent=2).encode())


def has_digests(group: ZarrGroup) -> bool:
    """Return whether a store has digests, which older stores and other programs' stores lack."""
    return DIGESTS in group.attributes


def without_digests(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return a group's attributes without its digests, and without the mark that it has them."""
    return {name: value for name, value in attributes.items() if name not in DIGEST_ATTRIBUTES}


def own_digest(group: ZarrGroup) -> str:
    """Return the digest that identifies all contents of a finished group.

    It is recorded in the group, whose metadata is checked, or, in groups of older releases, that of
    all files, which are read for it. Raises DataError if another group has the name meanwhile.
    """
    recorded = group.attributes.get(DIGESTS, {}).get(OWN)
    if recorded is not None:
        return str(recorded)
    _check_unchanged(group)
    digest = sha256(group.folder)
    _check_unchanged(group)
    return digest


def _check_unchanged(group: ZarrGroup) -> None:
    for layout in group.layouts:
        layout.check_unchanged()


def digests_of_chunks(group: ZarrGroup) -> list[tuple[Path, str]] | None:
    """Return each chunk's file and its recorded SHA-256; None in groups of older releases.

    Raises DataError when there are not as many as chunks.
    """
    digests = group.attributes.get(DIGESTS, {})
    if OWN not in digests:
        return None
    pairs: list[tuple[Path, str]] = []
    for layout in group.layouts:
        files, each = list(layout.files()), digests[all_chunks(layout)].split()
        if len(files) != len(each):
            raise damaged_digests(group)
        pairs += zip(files, each, strict=True)
    return pairs


def damaged_digests(group: ZarrGroup) -> DataError:
    """Return the error of a damaged attribute ``digests``."""
    return DataError(
        f"{group.folder / METADATA}: damaged (attribute {DIGESTS}); {group.kind.restore}"
    )


def digest_of(value: dict[str, Any]) -> str:
    """Compute SHA-256 of JSON, whatever the order of its keys, in hexadecimals."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def all_chunks(layout: ArrayLayout) -> str:
    """Return the name of the part that holds the digest of each chunk of an array."""
    return f"{layout.name}/sha256"


def is_checksummed(group: ZarrGroup) -> bool:
    """Return whether all chunks of a group end with a checksum."""
    return all(layout.is_plain and layout.has_checksums for layout in group.layouts)


def metadata_digests(group: ZarrGroup) -> Iterator[tuple[str, str]]:
    """Yield the name of each ``zarr.json``, and its digest."""
    metadata = read_group(group.folder, group.kind)
    metadata["attributes"].pop(DIGESTS, None)
    yield METADATA, digest_of(metadata)
    for layout in group.layouts:
        array_metadata = (layout.folder / METADATA).read_bytes()
        yield f"{layout.name}/{METADATA}", hashlib.sha256(array_metadata).hexdigest()


def read_checksums(group: ZarrGroup) -> dict[str, bytes]:
    """Read the checksums at the end of each array's chunks, in order, 4 bytes a chunk."""
    return {
        layout.name: b"".join(stored_checksum(file, layout.restore) for file in layout.files())
        for layout in group.layouts
    }


def checksum_digests(checksums: Mapping[str, bytes]) -> Iterator[tuple[str, str]]:
    """Yield the name of each array's folder of chunks, and its digest."""
    for name, each in checksums.items():
        yield f"{name}/c", hashlib.sha256(each).hexdigest()
