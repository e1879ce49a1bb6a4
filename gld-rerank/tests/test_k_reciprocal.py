from pathlib import Path

import numpy as np
import pytest
from gld_rerank.k_reciprocal import fused_neighbourhoods
from gld_shared.search.index import ArrayIndex

VALUES = Path(__file__).parent / "fixtures" / "recipe" / "k_reciprocal.npz"


@pytest.mark.parametrize(("k1", "k2", "name"), [(10, 3, ""), (6, 1, "_K6_1"), (20, 6, "_K20_6")])
def test_fused_similarity_equals_the_recipe(k1, k2, name):
    values = np.load(VALUES)
    q, x = values["q"], values["x"]
    fused = 1 - (0.5 * (1 - q @ x.T) / 2 + 0.5)
    found = fused_neighbourhoods(q, ArrayIndex(x), k1, k2)
    for row, (near, similarity) in enumerate(found):
        fused[row, near] = similarity
    np.testing.assert_allclose(fused, values["fused_f32" + name], atol=1e-5)
