"""The same bytes for any block, k, and numbers of queries and threads."""

import numpy as np
import pytest
from gld_shared.search import bfloat16_products, int16_products, nominee_groups
from gld_shared.search import products as float32_products
from gld_shared.search.topk import topk_arrays

from .loops import assert_equal, unit

# Those that ask for the number of cores.
USERS = float32_products, bfloat16_products, int16_products, nominee_groups


@pytest.mark.parametrize("block_rows", [41, 512, 3000, 5000])
@pytest.mark.parametrize("chunk", [1, 19, 60])
def test_same_bits_for_any_block_and_any_number_of_queries(block_rows, chunk):
    # Copies and near copies: products that only differ in the last bits, if at all.
    centres = unit(30, 96, 2)
    index = np.repeat(centres, 100, axis=0)
    index[::3] += 1e-7
    queries = np.concatenate([centres, unit(30, 96, 3)])
    expected = topk_arrays(queries, index, 50)
    parts = [
        topk_arrays(queries[first : first + chunk], index, 50, block_rows=block_rows)
        for first in range(0, 60, chunk)
    ]
    np.testing.assert_array_equal(np.concatenate([part[0] for part in parts]), expected[0])
    np.testing.assert_array_equal(np.concatenate([part[1] for part in parts]), expected[1])


def test_same_bits_for_any_number_of_threads(monkeypatch):
    queries, index = unit(200, 128, 4), unit(4000, 128, 5)
    expected = topk_arrays(queries, index, 30)
    for threads in (1, 2, 5):
        for user in USERS:
            monkeypatch.setattr(user, "cores", lambda chosen=threads: chosen)
        assert_equal(topk_arrays(queries, index, 30, block_rows=300), expected)


def check_settings(rows, ks, blocks, monkeypatch):
    # Clusters of near copies, so that the k-th best is in the middle of one.
    centres = unit(rows // 20, 48, 9)
    index = np.repeat(centres, 20, axis=0)
    index[::2] += 1e-4 * unit(rows, 48, 10)[::2]
    queries = np.concatenate([centres[:5], unit(20, 48, 11)])
    for k in ks:
        found = []
        for block_rows in blocks:
            for threads in (1, 2):
                for user in USERS:
                    monkeypatch.setattr(user, "cores", lambda chosen=threads: chosen)
                found.append(topk_arrays(queries, index, k, block_rows=block_rows))
        exact = queries.astype(float) @ index.T.astype(float)
        best = -np.sort(-exact.astype(np.float32), axis=1)[:, :k]
        np.testing.assert_allclose(found[0][0], best, atol=1e-7)
        for scores, places in found[1:]:
            assert scores.tobytes() == found[0][0].tobytes()
            assert places.tobytes() == found[0][1].tobytes()


def test_same_bytes_for_any_k_block_and_threads(monkeypatch):
    check_settings(2000, (1, 30, 1500), (100, 10_000), monkeypatch)


@pytest.mark.slow
def test_same_bytes_for_any_k_block_and_threads_of_an_ordinary_index(monkeypatch):
    check_settings(120_000, (1, 100, 5000), (1000, 100_000), monkeypatch)
