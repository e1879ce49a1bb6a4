"""float16 in compiled loops, which numba lacks on CPUs."""

import numpy as np

from gld_shared.compiled import compiled_within
from gld_shared.search.compiled.instructions import widened, widens_float16


@compiled_within
def _value_by_bits(bits: int) -> np.float32:
    """Return the value of a float16 with these bits, exactly.

    Written so that loops of it become vector instructions. Numbers below float16's smallest normal
    one are multiples of 2^-24, and none of float32's subnormal numbers arises.
    """
    magnitude = np.int32(bits & 0x7FFF)
    # The exponent's bias is 15 in float16, and 127 in float32; the highest marks infinity and NaN.
    bias = 112 << 23 if magnitude < 0x7C00 else 224 << 23
    normal = np.int32((magnitude << 13) + bias).view(np.float32)
    value = normal if magnitude >= 0x400 else np.float32(magnitude) * np.float32(2.0**-24)
    return -value if bits >= 0x8000 else value


# In half of the time where the processor has an instruction.
value_of = widened if widens_float16() else _value_by_bits
