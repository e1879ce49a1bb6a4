"""Training a FAISS index on a seeded sample of vectors."""

import logging
from typing import Any

import numpy as np
from gld_shared.errors import DataError
from gld_shared.search.blocks import Rows
from gld_shared.search.index import Index

from gld_search.approximate.factory import lists_of, searched_parts
from gld_search.approximate.import_faiss import FaissIndex, faiss_errors, import_faiss
from gld_search.approximate.transforms import after_transforms

log = logging.getLogger(__name__)

# Vectors to train on: for each inverted list, and at least.
_PER_LIST, _LEAST = 64, 65_536
# Below this number of vectors per list, lists may be uneven.
_ADVISED_PER_LIST = 39


def train(index: FaissIndex, factory: str, vectors: Index, seed: int) -> int:
    """Train an index on 64 vectors for each inverted list, 65,536 at least; return their number.

    The result is the same for any number of threads. Memory: the sample as float32, and as much
    again. Raises DataError when there are too few vectors.
    """
    lists = lists_of(index)
    if lists > vectors.n:
        raise DataError(
            f"--factory {factory}: {lists:,} inverted lists need at least as many images, the "
            f"index holds {vectors.n:,}; use fewer lists, or search exactly without --factory"
        )
    if vectors.n < _ADVISED_PER_LIST * lists:
        log.warning(
            "--factory %s: trained on %s images, FAISS advises %s: %d for each inverted list",
            *(factory, f"{vectors.n:,}", f"{_ADVISED_PER_LIST * lists:,}", _ADVISED_PER_LIST),
        )
    rows = _sample(vectors.n, max(_PER_LIST * lists, _LEAST), seed)
    remedy = "use a factory with fewer centroids, or search exactly without --factory"
    with faiss_errors(f"--factory {factory}: cannot be trained on {len(rows):,} images", remedy):
        kept = _without_advice(index)
        after_transforms(index, vectors.read(rows), lambda inner, some: inner.train(some))
        del kept
    return len(rows)


def _sample(n: int, count: int, seed: int) -> Rows:
    """Draw rows, each once, in order."""
    if count >= n:
        return np.arange(n)
    return np.sort(np.random.default_rng(seed).choice(n, count, replace=False, shuffle=False))


def _without_advice(index: FaissIndex) -> list[Any]:
    """Keep FAISS from printing its advice on the number of vectors, once for every k-means.

    Returns objects that must live as long as the index is trained.
    """
    faiss = import_faiss()
    made: list[Any] = []
    for part in searched_parts(index):
        for place in range(part.chain.size() if hasattr(part, "chain") else 0):
            transform = faiss.downcast_VectorTransform(part.chain.at(place))
            if isinstance(transform, faiss.OPQMatrix):
                # The quantizer that it would make itself.
                transform.pq = faiss.ProductQuantizer(transform.d_out, transform.M, 8)
                made.append(transform.pq)
        # Lists and graphs hold another index.
        held = [getattr(part, name, None) for name in ("quantizer", "storage")]
        for owner in (part, *(faiss.downcast_index(each) for each in held if each is not None)):
            _expect_few_points(owner)
    for quantizer in made:
        _expect_few_points(quantizer)
    return made


def _expect_few_points(owner: Any) -> None:
    for quantizer in (owner, *(getattr(owner, name, owner) for name in ("pq", "rq", "prq"))):
        if hasattr(quantizer, "cp"):
            quantizer.cp.min_points_per_centroid = 1
