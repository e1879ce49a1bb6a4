"""The best pairs of each query so far, updated block by block of an index."""

import numpy as np

from gld_shared.search.blocks import Floats, Rows


class RunningBest:
    """The k best pairs of each query so far, in final order; fewer while fewer are known."""

    def __init__(self, n_queries: int, k: int) -> None:
        """Start without pairs."""
        self.n_queries, self.k = n_queries, k
        self.queries = np.empty(0, np.int64)
        self.rows = np.empty(0, np.int64)
        self.scores = np.empty(0, np.float32)
        # The k-th best score, which a later row must reach; -inf while there are fewer.
        self.floor = np.full(n_queries, -np.inf, np.float64)

    def add(self, queries: Rows, rows: Rows, scores: Floats) -> None:
        """Merge pairs with their exact scores, all three (p,); the lower row wins a tie."""
        queries = np.concatenate([self.queries, queries])
        rows = np.concatenate([self.rows, rows])
        scores = np.concatenate([self.scores, scores])
        order = np.lexsort((rows, -scores, queries))
        queries = queries[order]
        counts = np.bincount(queries, minlength=self.n_queries)
        starts = np.cumsum(counts) - counts
        kept = np.arange(len(queries)) - starts[queries] < self.k
        order, self.queries = order[kept], queries[kept]
        self.rows, self.scores = rows[order], scores[order]
        full = np.flatnonzero(counts >= self.k)
        ends = np.cumsum(np.minimum(counts, self.k))
        self.floor[full] = self.scores[ends[full] - 1]

    def result(self) -> tuple[Floats, Rows]:
        """Return scores and rows, (q, m)."""
        shape = (self.n_queries, -1 if self.n_queries else 0)
        return self.scores.reshape(shape), self.rows.reshape(shape)
