"""The ``zarr.json`` of an unfinished group, which has a digest of itself, so that damage shows."""

from pathlib import Path
from typing import Any

from gld_shared.errors import DataError
from gld_shared.json_parser import json_value
from gld_shared.store.digests import DIGESTS, HAS_DIGESTS, digest_of, write_metadata
from gld_shared.store.group_format import GroupFormat
from gld_shared.store.group_spec import Group, GroupSpec
from gld_shared.store.layout import METADATA
from gld_shared.store.metadata import read_group


def write_empty_group(spec: GroupSpec[Group], folder: Path, checksums: bool = True) -> None:
    """Write all that a group has before its first chunk, and the digest of its ``zarr.json``."""
    spec.write_empty(folder, checksums)
    # An OSError if another process, which has finished the group, removes this one.
    metadata = json_value((folder / METADATA).read_bytes(), dict[str, Any])
    metadata["attributes"] = {HAS_DIGESTS: True, **metadata["attributes"]}
    metadata["attributes"][DIGESTS] = {METADATA: digest_of(metadata)}
    write_metadata(folder, metadata)


def check_unfinished_metadata(folder: Path, kind: GroupFormat) -> None:
    """Raise DataError unless the ``zarr.json`` of an unfinished group is as it was written.

    Those of older releases have no digest: then there is nothing to check.
    """
    metadata = read_group(folder, kind)
    recorded = metadata["attributes"].pop(DIGESTS, {}).get(METADATA)
    is_older = recorded is None and not metadata["attributes"].get(HAS_DIGESTS)
    if not is_older and recorded != digest_of(metadata):
        raise DataError(f"{folder / METADATA}: changed since it was written; {kind.restore}")
