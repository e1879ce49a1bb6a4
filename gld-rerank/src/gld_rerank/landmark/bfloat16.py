"""Numbers of bfloat16, which numpy does not know: the upper half of a float32, as int16."""

import numpy as np
from gld_shared.search.blocks import Floats
from gld_shared.search.keys import Keys


def widened(bits: Keys) -> Floats:
    """Return the numbers that bits (p,) hold in bfloat16."""
    wide = bits.view(np.uint16).astype(np.uint32)
    wide <<= 16
    return wide.view(np.float32)


def rounded_to_bfloat16(numbers: Floats) -> Keys:
    """Return the bits (p,) of the bfloat16 nearest to each number, of two equally near the even."""
    exact = numbers.view(np.uint32)
    half = (exact >> 16) & 1
    half += 0x7FFF
    half += exact
    half >>= 16
    return half.astype(np.uint16).view(np.int16)
