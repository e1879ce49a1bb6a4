"""What an earlier run left in a store that is not finished."""

from collections.abc import Iterator

import numpy as np
from gld_shared.embeddings import EmbeddingStore, open_group, partial_of
from gld_shared.embeddings_writer import StoreWriter


def open_partial(writer: StoreWriter) -> EmbeddingStore:
    """The unfinished store for reading; of its chunks only those written already can be read."""
    folder = partial_of(writer.path)
    return EmbeddingStore(folder, open_group(folder))


def unread_rows(writer: StoreWriter) -> Iterator[int]:
    """Rows of chunks already written that hold zeros: images that were skipped as unreadable."""
    store = open_partial(writer)
    missing = set(writer.missing_chunks())
    for chunk in range(-(-store.n // writer.chunk_rows)):
        if chunk in missing:
            continue
        rows = writer.rows_of(chunk)
        vectors = store.read(slice(rows.start, rows.stop))
        for position in np.flatnonzero(~vectors.any(axis=1)):
            yield rows.start + int(position)
