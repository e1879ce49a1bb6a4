from contextlib import ExitStack

from gld_shared.search.blas_threads import single_blas_thread
from threadpoolctl import threadpool_info, threadpool_limits


def blas_threads():
    """Return the threads of numpy's BLAS; torch may bring another."""
    return [each["num_threads"] for each in threadpool_info() if "numpy" in each["filepath"]]


def test_searches_that_overlap_leave_the_number_of_threads_as_it_was():
    with threadpool_limits(2, user_api="blas"):
        before = blas_threads()
        first, second = ExitStack(), ExitStack()
        first.enter_context(single_blas_thread())
        second.enter_context(single_blas_thread())
        assert blas_threads() == [1]
        first.close()
        assert blas_threads() == [1]
        second.close()
        assert blas_threads() == before
