"""Building a FAISS index from vectors, block by block."""

from contextlib import nullcontext

from gld_shared.progress import Advance, silent
from gld_shared.search.index import ROWS_AT_ONCE, Index, blocks_of
from gld_shared.search.some_rows import RowRange

from gld_search.approximate.factory import empty_index, takes_all_at_once
from gld_search.approximate.import_faiss import FaissIndex, faiss_errors
from gld_search.approximate.train import train
from gld_search.approximate.transforms import after_transforms, one_thread


def build(
    factory: str, vectors: Index, dimension: int, seed: int, advance: Advance = silent
) -> tuple[FaissIndex, int]:
    """Train an index and add all vectors; return it, and the number of vectors it is trained on.

    ``advance`` is called with the number of vectors that are added. Memory: the sample of
    ``train``, then a block of vectors, and the index itself. Raises DataError for a factory string
    that is none, or that cannot be built of these vectors.
    """
    index = empty_index(factory, dimension)
    # Each thread that builds an NSG graph draws numbers of its own.
    with one_thread() if "NSG" in factory else nullcontext():
        trained_on = train(index, factory, vectors, seed)
        add(index, factory, vectors, advance)
    return index, trained_on


def add(index: FaissIndex, factory: str, vectors: Index, advance: Advance = silent) -> None:
    """Add the vectors that an index does not hold yet, which come after those that it holds.

    The index is the same for any number of threads. An NSG graph takes all vectors at once, or
    none. Memory: a block of vectors, or those of the graph.
    """
    missing = RowRange(vectors, range(index.ntotal, vectors.n))
    rows = max(1, missing.n) if takes_all_at_once(index) else ROWS_AT_ONCE
    remedy = "use another factory, which adds vectors at any time, such as IVF4096,PQ64x4fs"
    with faiss_errors(f"--factory {factory}: vectors cannot be added", remedy):
        for _, block in blocks_of(missing, rows):
            after_transforms(index, block, lambda inner, some: inner.add(some))
            advance(len(block))
