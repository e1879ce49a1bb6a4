"""Arguments that have no result."""

import numpy as np
import pytest
from gld_shared.search.topk import topk_arrays

from .loops import unit


def test_wrong_shapes_are_refused():
    with pytest.raises(ValueError, match="dimension"):
        topk_arrays(unit(2, 4, 0), unit(3, 5, 1), 10)
    with pytest.raises(ValueError, match="k is 0"):
        topk_arrays(unit(2, 4, 0), unit(3, 4, 1), 0)


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e30])
@pytest.mark.parametrize("side", ["queries", "index"])
def test_vectors_without_a_bound_on_their_products_are_refused(side, value):
    vectors = {"queries": unit(3, 4, 0) * np.float32(1e10), "index": unit(20, 4, 1)}
    vectors[side][2, 1] = value
    with pytest.raises(ValueError, match="a vector is not finite, or too long for float32"):
        topk_arrays(vectors["queries"], vectors["index"], 2)
