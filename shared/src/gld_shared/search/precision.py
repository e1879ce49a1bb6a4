"""The numbers in which products nominate: those that this processor multiplies the fastest.

The result is the same for all of them.
"""

from typing import Literal

from gld_shared import torch_library
from gld_shared.cpu_flags import cpu_flags
from gld_shared.search.compiled.worth import has_numba, is_compiled
from gld_shared.search.threads import cores

Precision = Literal["float32", "bfloat16", "int16"]

_BFLOAT16 = {"amx_bf16", "avx512_bf16"}
# AMD's Zen 3, on which int16 was measured: 1.5 to 1.7 times as fast as float32 by the fastest
# library. AVX-512 doubles the rate of float32, and many processors with AVX2 halve that of int16.
_INT16 = {"sse4a", "avx2", "vaes"}
# With fewer queries, rounding the index takes longer than is saved.
_LEAST_OF_INT16 = 3
# Multiplications by a core, beyond which bfloat16 saves more than loading torch's library takes,
# and int16 more than numba takes to start.
_WORTH_LOADING_TORCH = 15_000_000_000
_WORTH_STARTING_NUMBA = 40_000_000_000


def fastest(queries: int, values: int) -> Precision:
    """Return the fastest numbers for the products of queries with an index of so many values.

    The time to load what the numbers need counts.
    """
    precision, of_core = fastest_of_cpu(), queries * values / cores()
    if precision == "bfloat16":
        needs_load, least = not torch_library.is_loaded(), _WORTH_LOADING_TORCH
        is_there = torch_library.is_installed
    elif precision == "int16" and queries >= _LEAST_OF_INT16:
        needs_load, least = not is_compiled(), _WORTH_STARTING_NUMBA
        is_there = has_numba
    else:
        return "float32"
    return precision if not needs_load or (of_core >= least and is_there()) else "float32"


def fastest_of_cpu() -> Precision:
    """Return the numbers for large products on this processor, whatever is installed."""
    flags = cpu_flags()
    if flags & _BFLOAT16:
        return "bfloat16"
    return "int16" if flags >= _INT16 and "avx512f" not in flags else "float32"
