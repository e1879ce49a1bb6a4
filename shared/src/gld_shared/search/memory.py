"""How many queries a search takes at once, so that its memory stays below a limit."""

from dataclasses import dataclass

from gld_shared import torch_library
from gld_shared.anonymous_memory import anonymous_memory
from gld_shared.errors import DataError
from gld_shared.search.compiled.worth import imports_numba, is_compiled
from gld_shared.search.nominees import most_nominees
from gld_shared.search.precision import Precision, fastest
from gld_shared.search.scan import FIRST_BLOCKS, PRODUCTS_AT_ONCE
from gld_shared.search.threads import cores
from gld_shared.search.topk import BLOCK_ROWS

# What a search may add to a process for which no limit is set.
_ADDED = 2_000_000_000
# More would not be faster: the products of these take several times as long as reading the index.
_MOST_QUERIES = 4096
# What torch's library takes once it is loaded and has multiplied.
_TORCH = 70_000_000
# What the import of numba and the first compiled code take.
_NUMBA = 50_000_000
# Exact scores of pairs, a table's text, and what the allocator keeps.
_RESERVE = 80_000_000
# Bytes of a nominated pair; of one while the best are chosen, with copies and orders; of a result.
_PAIR, _CHOSEN_PAIR, _RESULT_PAIR = 20, 60, 70


@dataclass(frozen=True)
class Portion:
    """The ``queries`` that a search takes at once, and the ``precision`` of products on the CPU."""

    queries: int
    precision: Precision


def portion(memory: int | None, queries: int, rows: int, dimension: int, k: int) -> Portion:
    """Return the largest portion of a search that ``memory`` holds, in bytes of anonymous memory.

    ``queries`` and ``rows`` are all queries and all rows of the index. What this process holds now
    counts; without a limit, a search adds 2 GB at most to it. If the libraries of another precision
    leave no room for some hundreds of queries, float32 is used. Raises DataError if even a single
    query needs more.
    """
    held = anonymous_memory()
    memory = held + _ADDED if memory is None else memory
    free = memory - held - _of_blocks(dimension)
    # Of k pairs, and of about as many that are nearly as good.
    compiles = imports_numba(2 * k * queries * dimension)
    if compiles:
        free -= _NUMBA
    each = _of_query(rows, dimension, k)
    wanted = max(1, min(queries, _MOST_QUERIES))
    precision = fastest(queries, rows * dimension)
    if precision != "float32":
        fits = (free - _of_library(precision, compiles)) // each
        if fits >= min(wanted, 256):
            return Portion(min(wanted, fits), precision)
    if free < each:
        needed = -(-(memory - free + each) // 1_000_000)
        raise DataError(
            f"the memory of {memory // 1_000_000:,} MB is too small for the "
            f"neighbours of a query, which need {needed:,} MB; raise --memory"
        )
    return Portion(min(wanted, free // each), "float32")


def _of_library(precision: Precision, compiles: bool) -> int:
    """Return the bytes of what a precision loads; what ``compiles`` the rest counts already."""
    if precision == "bfloat16":
        return 0 if torch_library.is_loaded() else _TORCH
    return 0 if compiles or is_compiled() else _NUMBA


def _of_blocks(dimension: int) -> int:
    """Return the bytes of blocks and their products, in all threads."""
    return _RESERVE + cores() * (
        6 * FIRST_BLOCKS * BLOCK_ROWS * dimension + (4 + 1 + 8) * PRODUCTS_AT_ONCE
    )


def _of_query(rows: int, dimension: int, k: int) -> int:
    """Return the most bytes of a query: its vector in three formats, nominees and result."""
    nominees = most_nominees(1, k)
    of_block = min(FIRST_BLOCKS * BLOCK_ROWS, nominees)
    return (
        14 * dimension
        + _PAIR * (cores() + 1) * of_block
        + _CHOSEN_PAIR * min(rows, nominees + k + of_block)
        + _RESULT_PAIR * min(rows, k)
    )
