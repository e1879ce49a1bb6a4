"""The transforms of vectors that an index starts with, such as OPQ's rotation, in one thread.

The bits of what they learn, and on some processors of what they return, depend on the number of
threads.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from gld_shared.search.blocks import Floats

from gld_search.approximate.import_faiss import FaissIndex, import_faiss


def after_transforms(
    index: FaissIndex, vectors: Floats, use: Callable[[FaissIndex, Floats], None]
) -> None:
    """Transform vectors as the methods ``train`` and ``add`` of an index do, and ``use`` them.

    ``use`` is called with the index behind the transforms, and may use all threads. Transforms
    that are not trained are trained first.
    """
    faiss = import_faiss()
    inner = faiss.downcast_index(index)
    if not hasattr(inner, "chain"):
        use(inner, vectors)
        return
    with one_thread():
        for place in range(inner.chain.size()):
            transform = faiss.downcast_VectorTransform(inner.chain.at(place))
            if not transform.is_trained:
                transform.train(vectors)
            vectors = transform.apply(vectors)
    after_transforms(inner.index, vectors, use)
    inner.is_trained, inner.ntotal = inner.index.is_trained, inner.index.ntotal


@contextmanager
def one_thread() -> Iterator[None]:
    """Let FAISS compute in one thread until the end of the block."""
    faiss = import_faiss()
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(threads)
