"""The numbers in which products nominate: those that this processor multiplies the fastest.

The result is the same for all of them.
"""

from importlib.util import find_spec
from typing import Literal

from gld_shared import torch_library
from gld_shared.cpu_flags import cpu_flags
from gld_shared.search.compiled.worth import is_compiled
from gld_shared.search.threads import cores

Precision = Literal["float32", "bfloat16", "int16"]

_BFLOAT16 = {"amx_bf16", "avx512_bf16"}
# AMD's Zen 3, by which int16 was measured: 1.5 to 1.7 times as fast as float32 by the fastest
# library. Those with AVX-512 multiply float32 twice as fast, and many with AVX2 int16 half as fast.
_INT16 = {"sse4a", "avx2", "vaes"}
# Multiplications by a core, beyond which bfloat16 saves more than loading torch's library takes,
# and int16 more than numba takes to start.
_WORTH_LOADING_TORCH = 15_000_000_000
_WORTH_STARTING_NUMBA = 100_000_000_000


def fastest(multiplications: float) -> Precision:
    """Return the numbers for so many multiplications, given the time to load what they need."""
    flags = cpu_flags()
    of_core = multiplications / cores()
    if flags & _BFLOAT16:
        loaded = torch_library.is_loaded()
        worth = loaded or (of_core >= _WORTH_LOADING_TORCH and torch_library.is_installed())
        return "bfloat16" if worth else "float32"
    if flags >= _INT16 and "avx512f" not in flags:
        worth = is_compiled() or (
            of_core >= _WORTH_STARTING_NUMBA and find_spec("numba") is not None
        )
        return "int16" if worth else "float32"
    return "float32"
