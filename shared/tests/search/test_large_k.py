import numpy as np
from gld_shared.search import scan
from gld_shared.search.topk import topk_arrays


def test_a_k_far_beyond_the_index_takes_no_more_memory(monkeypatch):
    monkeypatch.setattr(scan, "is_compiled", lambda: True)
    vectors = np.eye(7, 4, dtype=np.float32)
    scores, rows = topk_arrays(vectors, vectors, 10**15)
    expected = topk_arrays(vectors, vectors, 7)
    assert np.array_equal(rows, expected[1]) and np.array_equal(scores, expected[0])
