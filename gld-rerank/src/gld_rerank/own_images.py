"""The images that are the queries themselves, which results leave out."""

import numpy as np
from gld_shared.neighbours import NONE
from gld_shared.search.blocks import Rows
from gld_shared.store.parts import stores_of

from gld_rerank.neighbours import Neighbours


def own_images(found: Neighbours) -> Rows:
    """Return the index row of each query's own image, (q,), which results leave out; -1 = none.

    It is the one with the query's id, unless the search kept such images, or the neighbours that
    were read hold it.
    """
    own = found.index_side.ids.rows_of(found.query_ids)
    kept = (found.rows == own[:, None]).any(axis=1) | _kept_by_the_search(found)
    return np.where(kept, NONE, own)


def _kept_by_the_search(found: Neighbours) -> bool:
    """Return whether a search of these stores kept the queries' own images.

    The neighbours that were read do not tell: the images may be further behind, or, if vectors are
    not of length 1, behind all that the search found.
    """
    stores = stores_of([*found.queries, *found.index])
    return bool(found.table.header.get("keep_self")) or any(
        [read["sha256"] for read in step["inputs"][: len(stores)]]
        == [store.sha256 for store in stores]
        for step in found.table.history
        if step["tool"] == "gld-search" and "--keep-self" in step["arguments"]
    )
