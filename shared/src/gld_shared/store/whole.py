"""The check of a whole store, which every reader of a finished store passes."""

from pathlib import Path

from gld_shared.store.chunk_files import check_chunk_files
from gld_shared.store.digest_check import check_chunk_digests, check_metadata_digests
from gld_shared.store.digests import has_digests
from gld_shared.store.id_column import IdColumn
from gld_shared.store.ids import read_ids
from gld_shared.store.zarr_group import StoreGroup, check_through_zarr, open_group


def open_whole(folder: Path) -> tuple[StoreGroup, IdColumn, bytes]:
    """Open a finished store; read its ids, each once, in row order, and its vectors' checksums.

    Raises DataError, naming the file, unless the metadata is that of the contract, each chunk has
    a regular file of the right length, these are the files that the store was finished with, and
    ids are as many as vectors. Vectors are not read: see ``EmbeddingStore.verify``. There are no
    checksums without digests.
    """
    group = open_group(folder)
    check_metadata_digests(group)
    if not has_digests(group):
        check_through_zarr(group)
    for layout in group.layouts:
        check_chunk_files(layout)
    checksums = check_chunk_digests(group)
    ids = read_ids(group)
    for layout in group.layouts:
        layout.check_unchanged()
    return group, ids, checksums.get(group.vectors.name, b"")
