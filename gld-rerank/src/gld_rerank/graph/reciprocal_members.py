"""The rule by which a set of reciprocal neighbours grows, in compiled loops."""

from typing import Any

import numpy.typing as npt
from gld_shared.compiled import compiled_within

# Integers of any width.
_Ints = npt.NDArray[Any]

IN_SET, _ADDED = 1, 2


@compiled_within
def add_most_shared(narrow: _Ints, row: int, marks: _Ints, members: _Ints, count: int) -> int:
    """Add one member's narrow reciprocal neighbours if more than two thirds of them are in the set.

    ``narrow[row]`` holds them, then -1. Nodes of the set before it grows are marked ``IN_SET``;
    those that are added get another mark. Returns the new ``count`` of ``members``. Source: Zhong
    et al., Re-ranking Person Re-identification with k-reciprocal Encoding (CVPR 2017).
    """
    size, shared = 0, 0
    for place in range(narrow.shape[1]):
        if narrow[row, place] < 0:
            break
        size += 1
        shared += marks[narrow[row, place]] == IN_SET
    if 3 * shared > 2 * size:
        for place in range(size):
            node = narrow[row, place]
            if marks[node] == 0:
                marks[node] = _ADDED
                members[count] = node
                count += 1
    return count
