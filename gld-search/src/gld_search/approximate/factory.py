"""FAISS factory strings: the index that they describe."""

import math
import re
from collections.abc import Iterator
from typing import Any

from gld_shared.errors import DataError

from gld_search.approximate.import_faiss import FaissIndex, faiss_errors, import_faiss

# The part of a factory string that keeps every vector, to score candidates exactly.
_EXACT_SCORES = ",RFlat"
_NUMBERED = re.compile(r"([A-Za-z_]*)(\d+)")
# Beyond these, FAISS crashes, never ends, or takes all memory.
_LINKS = {"HNSW": (2, 1024), "NSG": (8, 1024)}
_TRANSFORMS = {"", "OPQ", "PCA", "PCAR", "PCAW", "PCAWR", "RR", "ITQ", "Pad"}
_MOST_VALUES = 4096
_MOST_CHARACTERS = 1000
_GRAPHS = ("hnsw", "nsg")


def empty_index(factory: str, dimension: int) -> FaissIndex:
    """Return the index of a factory string, empty and untrained; the inner product is its metric.

    A last ``RFlat`` is left out: the stores hold the vectors that it would copy, and every search
    scores candidates by them. Raises DataError for a string that is none.
    """
    remedy = "expected a FAISS factory string, such as IVF4096,PQ64x4fs"
    if len(factory) > _MOST_CHARACTERS:
        raise DataError(
            f"--factory {factory}: {len(factory):,} characters, expected at most "
            f"{_MOST_CHARACTERS:,}; {remedy}"
        )
    for part, low, high in _out_of_bounds(factory, dimension):
        raise DataError(f"--factory {factory}: {part} is not from {low} to {high}; {remedy}")
    faiss = import_faiss()
    with faiss_errors(f"--factory {factory}: no index of vectors of {dimension} values", remedy):
        return faiss.index_factory(
            dimension, factory.removesuffix(_EXACT_SCORES), faiss.METRIC_INNER_PRODUCT
        )


def _out_of_bounds(factory: str, dimension: int) -> Iterator[tuple[str, int, int]]:
    """Yield the parts of a factory string whose number is out of bounds, and the bounds."""
    for prefix, digits in _NUMBERED.findall(factory):
        kind = prefix.strip("_")
        low, high = _LINKS.get(kind, (1, 2**31 - 1))
        if kind in _TRANSFORMS:
            high = max(_MOST_VALUES, dimension)
        if not low <= int(digits[:20]) <= high:
            yield prefix + digits, low, high


def lists_of(index: FaissIndex) -> int:
    """Return the number of inverted lists of an index, 0 if it has none."""
    ivf = import_faiss().try_extract_index_ivf(index)
    return 0 if ivf is None else int(ivf.nlist)


def set_probe(index: FaissIndex, probe: int | None) -> int | None:
    """Set how much of an index a search visits, and return it; None for an index without choice.

    It is the number of inverted lists, by default the square root of all, or the length of the
    queue in which a graph is searched, by default FAISS's, and at most the number of images.
    Raises DataError where it has no meaning.
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
    queue = "efSearch" if hasattr(graph, "efSearch") else "search_L"
    # FAISS fills a longer queue forever, or reserves memory for all of it.
    setattr(graph, queue, min(index.ntotal, probe or getattr(graph, queue)))
    return int(getattr(graph, queue))


def takes_all_at_once(index: FaissIndex) -> bool:
    """Return whether vectors can be added to an index once only: to an NSG graph of them."""
    return any(hasattr(part, "nsg") for part in searched_parts(index))


def _graph_of(index: FaissIndex) -> Any | None:
    """Return the HNSW or NSG graph of an index, perhaps behind a transform, or refined."""
    found = (getattr(part, name, None) for part in searched_parts(index) for name in _GRAPHS)
    return next((graph for graph in found if graph is not None), None)


def searched_parts(index: FaissIndex) -> Iterator[FaissIndex]:
    """Yield an index, and those within it that find its candidates."""
    inner = index
    while inner is not None:
        part = import_faiss().downcast_index(inner)
        yield part
        inner = getattr(part, "base_index", getattr(part, "index", None))
