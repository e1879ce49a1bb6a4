import numpy as np
import pytest
from gld_rerank.query_expansion import expand


@pytest.mark.parametrize("alpha", [3, 0])
@pytest.mark.parametrize("similarity", [-0.5, 0])  # an absent neighbour has similarity 0
def test_negative_similarities_and_absent_neighbours_add_nothing(similarity, alpha):
    query = np.array([[1, 0]], np.float32)
    neighbours = np.array([[[0, 1]]], np.float32)
    assert expand(query, neighbours, np.array([[similarity]], np.float32), alpha).tolist() == [
        [1, 0]
    ]
