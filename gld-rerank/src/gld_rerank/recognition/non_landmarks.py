"""Similarity to images that show no landmark, which lowers confidence.

Source: Henkel and Singer, Supporting large-scale image recognition with out-of-domain samples
(2020), the winners of Google Landmark Recognition 2020.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from gld_shared.errors import DataError
from gld_shared.files import display_name
from gld_shared.neighbours import NONE
from gld_shared.search.blocks import Doubles, Floats, Rows
from gld_shared.search.topk import topk
from gld_shared.store import EmbeddingStore, check_comparable
from gld_shared.store.ensemble import Ensemble
from gld_shared.store.same_lengths import expect_same_lengths

from gld_rerank.neighbours import Neighbours

# The numbers of most similar non-landmarks whose mean counts, as in the paper.
OF_REFERENCE, OF_QUERY = 5, 10


@dataclass(frozen=True)
class NonLandmarks:
    """Images without a landmark, in a store for each network of ``found``."""

    found: Neighbours
    images: Ensemble
    device: str = "cpu"

    def of_queries(self, part: slice) -> Doubles:
        """Return the mean of each query's 10 largest similarities to them, (q,)."""
        return self._means(self.found.query_vectors(part), OF_QUERY)

    def of_references(self, rows: Rows) -> Doubles:
        """Return the mean of each candidate's 5 largest similarities to them, (q, m), 0 for -1.

        Each reference is searched once. Memory: the vectors of these references.
        """
        present = rows != NONE
        distinct, places = np.unique(rows[present], return_inverse=True)
        means = np.zeros(rows.shape)
        means[present] = self._means(self.found.index_side.read(distinct), OF_REFERENCE)[places]
        return means

    def _means(self, vectors: Floats, count: int) -> Doubles:
        scores, _ = topk(self.found.weigh(vectors), self.images, count, self.device)
        means: Doubles = scores.astype(np.float64).mean(axis=1)
        return means


def non_landmarks_of(
    found: Neighbours, stores: Sequence[EmbeddingStore], device: str = "cpu"
) -> NonLandmarks:
    """Return the images of these stores, one for each network. Raises DataError for others."""
    if len(stores) != len(found.index):
        raise DataError(
            f"{len(stores)} --non-landmarks and {len(found.index)} index stores in "
            f"{display_name(found.table.path)}; expected one for each, in the same order"
        )
    for index, store in zip(found.index, stores, strict=True):
        check_comparable(index, store)
        expect_same_lengths([index, store])
        if store.n == 0:
            raise DataError(f"{store.path}: holds no images; expected images without a landmark")
    return NonLandmarks(found, Ensemble(stores), device)
