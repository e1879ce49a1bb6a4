import numpy as np
from gld_rerank.query_expansion import expand


def test_negative_similarities_add_nothing():
    query = np.array([[1, 0]], np.float32)
    neighbours = np.array([[[0, 1]]], np.float32)
    assert expand(query, neighbours, np.array([[-0.5]], np.float32), 3).tolist() == [[1, 0]]
