"""Candidates: the rows that a FAISS index finds for queries."""

import numpy as np
from gld_shared.search.blocks import Floats, Rows
from gld_shared.search.threads import cores, in_order
from gld_shared.timing import Times

from gld_search.approximate.import_faiss import FaissIndex, faiss_errors, import_faiss

# Queries that a thread looks up at once: fixed, so that the number of threads changes nothing.
_QUERIES = 64


def candidates(index: FaissIndex, queries: Floats, count: int, times: Times) -> Rows:
    """Return the rows that an index finds for each query, (q, count); -1 where there are fewer.

    The result is the same for any number of threads; ``times`` adds up their seconds. Memory: 12
    bytes for each of q count pairs.
    """
    faiss = import_faiss()
    rows = np.empty((len(queries), count), np.int64)

    def find(first: int) -> None:
        faiss.omp_set_num_threads(1)  # in this thread alone
        part = slice(first, first + _QUERIES)
        wrong = faiss_errors("approximate search", "build the index with another --factory")
        with wrong, times.spent_on("candidates"):
            rows[part] = index.search(queries[part], count)[1]

    for _ in in_order(find, range(0, len(queries), _QUERIES), cores()):
        pass
    return rows
