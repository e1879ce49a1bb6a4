"""The embedding store: ids and vectors of a set of images, as a Zarr v3 group.

    X.zarr/  attributes: format, checkpoint, list, image, model, normalized, history, digests,
             has_digests
      ids      (n,)   string
      vectors  (n, d) float16 or float32, row i belongs to ids[i]

Vectors are in chunks of rows, without compression or shards, so that a whole store is read by
mapping the chunk files. Zarr's codec ``crc32c`` appends a checksum to each chunk, which
reading verifies. ``digests`` are over these, the metadata and the SHA-256 of each chunk; the
store's own digest is over all of them. Readers record it without reading the chunks, so it says
what was written; ``gld-eval --verify`` reads them. A store under its final name is complete; an
unfinished one is ``X.zarr.partial``.
"""

from gld_shared.store.comparable import check_comparable
from gld_shared.store.reader import EmbeddingStore, open_store
from gld_shared.store.spec import StoreSpec
from gld_shared.store.writer import StoreWriter, write_store

__all__ = [
    "EmbeddingStore",
    "StoreSpec",
    "StoreWriter",
    "check_comparable",
    "open_store",
    "write_store",
]
