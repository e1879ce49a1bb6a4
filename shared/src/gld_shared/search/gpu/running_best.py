"""The best pairs of each query so far, in the memory of a GPU."""

import torch

from gld_shared.search.blocks import Floats, Rows


class RunningBest:
    """The k best pairs of each query so far, in final order; fewer while fewer are known."""

    def __init__(self, n_queries: int, k: int, device: torch.device) -> None:
        """Start without pairs."""
        self.n_queries, self.k = n_queries, k
        self.queries = torch.empty(0, dtype=torch.int64, device=device)
        self.rows = torch.empty(0, dtype=torch.int64, device=device)
        self.scores = torch.empty(0, dtype=torch.float32, device=device)
        # The k-th best score, which a later row must reach; -inf while there are fewer.
        self.floor = torch.full((n_queries,), -torch.inf, dtype=torch.float64, device=device)

    def add(self, queries: torch.Tensor, rows: torch.Tensor, scores: torch.Tensor) -> None:
        """Merge pairs with their exact scores, all three (p,), in the order of queries and rows.

        All rows come after those of earlier calls, so a stable sort lets the lower row win a tie.
        """
        queries = torch.cat([self.queries, queries])
        rows = torch.cat([self.rows, rows])
        scores = torch.cat([self.scores, scores])
        order = scores.sort(descending=True, stable=True).indices
        order = order[queries[order].sort(stable=True).indices]
        queries = queries[order]
        counts = torch.bincount(queries, minlength=self.n_queries)
        starts = counts.cumsum(0) - counts
        kept = torch.arange(len(queries), device=queries.device) - starts[queries] < self.k
        order, self.queries = order[kept], queries[kept]
        self.rows, self.scores = rows[order], scores[order]
        full = (counts >= self.k).nonzero()[:, 0]
        ends = counts.clamp(max=self.k).cumsum(0)
        self.floor[full] = self.scores[ends[full] - 1].double()

    def result(self) -> tuple[Floats, Rows]:
        """Return scores and rows, (q, m)."""
        shape = (self.n_queries, -1)
        scores: Floats = self.scores.cpu().numpy().reshape(shape)
        rows: Rows = self.rows.cpu().numpy().reshape(shape)
        return scores, rows
