"""The references that are nearest to each query."""

import numpy as np
from gld_shared.neighbours import NONE, Nearest
from gld_shared.search.blocks import Floats, Rows
from gld_shared.search.topk import topk
from gld_shared.store import EmbeddingStore

from gld_rerank.landmark.given.labelled_lists import LabelledLists
from gld_rerank.landmark.references import References


class QueryTags:
    """The labelled references that are nearest to queries, as a search finds them.

    Memory: 8 bytes for each image of the references' store.
    """

    def __init__(
        self, tags: Nearest, order: Rows | None, references: References, store: EmbeddingStore
    ) -> None:
        """Keep the tags by images of a store, of which ``references`` are the labelled.

        ``order`` (n,) are the rows of the queries that are wanted, by default all.
        """
        self._lists = LabelledLists(tags, references, store.n)
        self._order, self._vectors = order, references.vectors

    def nearest(self, queries: Floats, rows: Rows, count: int, device: str) -> tuple[Floats, Rows]:
        """Return scores and rows (q, count) of the references nearest to queries (q, d).

        Best first. ``rows`` (q,) are the queries' own. Those with fewer labelled ones in their
        lists are searched for.
        """
        found, scores = self._lists.read(rows if self._order is None else self._order[rows])
        found, scores = found[:, :count].copy(), scores[:, :count].copy()
        missing = np.flatnonzero((found == NONE).any(axis=1))
        if len(missing):
            scores[missing], found[missing] = topk(queries[missing], self._vectors, count, device)
        return scores, found
