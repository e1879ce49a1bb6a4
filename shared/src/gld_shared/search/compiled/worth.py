"""Whether this process searches so much that compiled code is worth the start of numba."""

import sys
from importlib.util import find_spec

# Products of values, in the exact scores of all searches, beyond which compiled code saves more
# time than numba takes to start: up to 0.7 s.
_WORTH_IT = 250_000_000
_multiplied = 0


def count_products(products: int) -> None:
    """Note that this process computes so many more products."""
    global _multiplied
    _multiplied += products


def is_compiled() -> bool:
    """Return whether to use compiled code, for the products that are counted and what follows."""
    return _starts_numba()


def compile_from_now_on() -> None:
    """Note that this process starts numba anyway."""
    global _multiplied
    _multiplied = max(_multiplied, _WORTH_IT + 1)


def imports_numba(products: int) -> bool:
    """Return whether so many more products make this process import numba."""
    return "numba" not in sys.modules and _starts_numba(products)


def has_numba() -> bool:
    """Return whether numba is installed."""
    return "numba" in sys.modules or find_spec("numba") is not None


def _starts_numba(products: int = 0) -> bool:
    if _multiplied + products <= _WORTH_IT:
        return False
    return has_numba()
