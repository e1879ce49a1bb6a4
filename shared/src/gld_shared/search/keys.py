"""Keys of products: integers in the order of the floating-point numbers whose bits they hold.

bfloat16 has keys of 16 bits, which numpy can compare though it does not know the type; float32 has
keys of 32 bits.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from gld_shared.search.blocks import Doubles

Keys = npt.NDArray[np.signedinteger[Any]]  # int16 or int32


def keys_of(bits: Keys) -> Keys:
    """Map the bits of numbers to keys: -0 is just below 0, negative infinity the lowest.

    The key of a number that is not negative is its bits.
    """
    highest = np.iinfo(bits.dtype).max
    keys: Keys = bits ^ ((bits >> (8 * bits.itemsize - 1)) & bits.dtype.type(highest))
    return keys


def numbers_of(keys: Keys) -> Doubles:
    """Return the numbers of keys."""
    bits = keys_of(keys).astype(np.int32)
    if keys.itemsize == 2:
        bits <<= 16
    return bits.view(np.float32).astype(np.float64)


def lowest_keys(numbers: Doubles, dtype: npt.DTypeLike) -> Keys:
    """Return the keys of the largest numbers that are not above ``numbers``."""
    floor = numbers.astype(np.float32)
    floor = np.where(floor > numbers, np.nextafter(floor, np.float32(-np.inf)), floor)
    bits = floor.view(np.uint32)
    if np.dtype(dtype).itemsize == 2:
        # Cutting bits off rounds towards zero: down for positive numbers, up for negative ones.
        up = (floor < 0) & ((bits & 0xFFFF) != 0)
        bits = ((bits >> 16) + up).astype(np.uint16)
    # -0 and 0 are equal.
    return np.where(floor == 0, -1, keys_of(bits.view(dtype))).astype(dtype)
