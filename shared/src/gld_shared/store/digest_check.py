"""The check of a group's files against its digests: damaged files, and files of other groups.

Opening a group checks all digests but those of whole chunks, for which chunks are read: see
``verification``.
"""

from collections.abc import Iterable

from gld_shared.errors import DataError
from gld_shared.store.checksums import matches_checksum
from gld_shared.store.digests import (
    DIGESTS,
    HAS_DIGESTS,
    OWN,
    all_chunks,
    checksum_digests,
    damaged_digests,
    digest_of,
    has_digests,
    is_checksummed,
    metadata_digests,
    read_checksums,
)
from gld_shared.store.layout import METADATA
from gld_shared.store.zarr_group import ZarrGroup


def check_metadata_digests(group: ZarrGroup) -> None:
    """Raise DataError unless a store's metadata is that with which it was finished.

    A store of an older release or another program has no digests: there is nothing to check.
    """
    if not has_digests(group) and group.attributes.get(HAS_DIGESTS):
        raise damaged_digests(group)
    if has_digests(group):
        if set(group.attributes[DIGESTS]) == {METADATA}:
            raise DataError(
                f"{group.folder}: not finished; run the command that makes it again, it resumes "
                "where it stopped"
            )
        if not (is_checksummed(group) and _are_whole(group)):
            raise damaged_digests(group)
        _compare(group, metadata_digests(group))


def check_chunk_digests(group: ZarrGroup) -> dict[str, bytes]:
    """Raise DataError unless a store's chunks, all present, are those of the finished store.

    Only the checksums at the end of the chunks are read. Returns those of each array, in order.
    Without digests there is nothing to check, and none are returned.
    """
    if not has_digests(group):
        return {}
    checksums = read_checksums(group)
    _compare(group, checksum_digests(checksums))
    return checksums


def _compare(group: ZarrGroup, digests: Iterable[tuple[str, str]]) -> None:
    for part, digest in digests:
        if group.attributes[DIGESTS].get(part) != digest:
            raise DataError(f"{_damaged_file(group, part)}; {group.kind.restore}")


def _are_whole(group: ZarrGroup) -> bool:
    """Return whether a group's digests are those of one of the releases, and match their own."""
    digests = dict(group.attributes[DIGESTS])
    own = digests.pop(OWN, None)
    earlier = {METADATA} | {
        f"{layout.name}/{part}" for layout in group.layouts for part in (METADATA, "c")
    }
    if own is None:
        return set(digests) == earlier
    expected = earlier | {all_chunks(layout) for layout in group.layouts}
    return set(digests) == expected and own == digest_of(digests)


def _damaged_file(group: ZarrGroup, part: str) -> str:
    """Name the damaged file of a part: a chunk that does not match its own checksum, if any."""
    for layout in group.layouts:
        if part == f"{layout.name}/c":
            damaged = (
                file for file in layout.files() if not matches_checksum(file, layout.restore)
            )
            file = next(damaged, None)
            if file is not None:
                return f"{file}: damaged, its checksum does not match"
            return f"{group.folder / part}: holds chunks of another {group.kind.word}"
    return f"{group.folder / part}: changed since the {group.kind.word} was finished"
