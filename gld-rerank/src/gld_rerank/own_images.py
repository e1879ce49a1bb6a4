"""The images that are the queries themselves, which results leave out."""

import numpy as np
from gld_shared.neighbours import NONE
from gld_shared.neighbours.keep_self import keeps_self
from gld_shared.search.blocks import Rows

from gld_rerank.neighbours import Neighbours


def own_images(found: Neighbours) -> Rows:
    """Return the index row of each query's own image, (q,), which results leave out; -1 = none.

    It is the one with the query's id, unless the header says that such images are kept, or, as in
    a table of another program, it is among the neighbours.
    """
    own = found.index_side.ids.rows_of(found.query_ids)
    kept = (found.rows == own[:, None]).any(axis=1) | keeps_self(found.table)
    return np.where(kept, NONE, own)
