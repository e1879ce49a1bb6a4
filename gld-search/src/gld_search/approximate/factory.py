"""FAISS factory strings: the index that they describe."""

import math
import re

from gld_shared.errors import DataError

from gld_search.approximate.import_faiss import FaissIndex, faiss_errors, import_faiss

# The part of a factory string that keeps every vector, to score candidates exactly.
_EXACT_SCORES = ",RFlat"
_GRAPH_OR_LISTS = re.compile(r"(HNSW|NSG|IVF)(\d+)")
_LEAST = {"HNSW": 2, "NSG": 2, "IVF": 1}


def empty_index(factory: str, dimension: int) -> FaissIndex:
    """Return the index of a factory string, empty and untrained; the inner product is its metric.

    A last ``RFlat`` is left out: the stores hold the vectors that it would copy, and every search
    scores candidates by them. Raises DataError for a string that is none.
    """
    remedy = "expected a FAISS factory string, such as IVF4096,PQ64x4fs"
    for kind, number in _GRAPH_OR_LISTS.findall(factory):
        # FAISS would crash.
        if int(number) < _LEAST[kind]:
            raise DataError(f"--factory {factory}: {kind}{number} is too small; {remedy}")
    faiss = import_faiss()
    with faiss_errors(f"--factory {factory}: no index of vectors of {dimension} values", remedy):
        return faiss.index_factory(
            dimension, factory.removesuffix(_EXACT_SCORES), faiss.METRIC_INNER_PRODUCT
        )


def lists_of(index: FaissIndex) -> int:
    """Return the number of inverted lists of an index, 0 if it has none."""
    ivf = import_faiss().try_extract_index_ivf(index)
    return 0 if ivf is None else int(ivf.nlist)


def set_probe(index: FaissIndex, probe: int | None) -> int | None:
    """Set how much of an index a search visits, and return it; None for an index without choice.

    It is the number of inverted lists, by default the square root of all, or the length of the
    queue in which a graph is searched, by default FAISS's. Raises DataError where it has no
    meaning.
    """
    faiss = import_faiss()
    ivf = faiss.try_extract_index_ivf(index)
    if ivf is not None:
        ivf.nprobe = min(ivf.nlist, probe or math.isqrt(ivf.nlist - 1) + 1)
        return int(ivf.nprobe)
    graph = _graph_of(index)
    if graph is None:
        if probe is not None:
            raise DataError(
                f"--probe {probe}: the index has neither inverted lists nor a graph, so every "
                "search visits all of it; leave out --probe"
            )
        return None
    graph.efSearch = probe or graph.efSearch
    return int(graph.efSearch)


def _graph_of(index: FaissIndex) -> FaissIndex | None:
    """Return the HNSW graph of an index, perhaps behind a transform of its vectors."""
    faiss = import_faiss()
    inner = faiss.downcast_index(index)
    while hasattr(inner, "chain"):
        inner = faiss.downcast_index(inner.index)
    return getattr(inner, "hnsw", None)
