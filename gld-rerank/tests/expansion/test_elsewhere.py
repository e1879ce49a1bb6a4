"""What other programs add to queries and images, and where ours differ from them on purpose."""

from pathlib import Path

import numpy as np
import pytest
from gld_rerank import augment
from gld_rerank.expansion.weighted_sum import expand, weights_of
from gld_shared.search.topk import topk_arrays
from gld_shared.store import open_store, write_store

METHODS = Path(__file__).parents[1] / "fixtures" / "methods"
VALUES, VECTORS = np.load(METHODS / "qe_dba.npz"), np.load(METHODS / "m_vectors.npz")


def augmented(tmp_path, vectors, top, alpha):
    """What ``augment`` makes of vectors (n, d)."""
    names = [str(row) for row in range(len(vectors))]
    write_store(tmp_path / "x.zarr", names, vectors, {"history": []}, dtype="float32")
    augment(tmp_path / "x.zarr", tmp_path / "y.zarr", top, alpha)
    return open_store(tmp_path / "y.zarr").read(slice(0, len(vectors)))


def test_the_winners_of_2019_augment_queries_and_images_together_as_we_do(tmp_path):
    """Their lists hold the vector itself, whose weight is 1."""
    both = np.concatenate([VECTORS["q"], VECTORS["x"]])
    similarities, rows = topk_arrays(both, both, 8)
    assert rows.tolist() == VALUES["lyakaap_topk_idx"].tolist()
    np.testing.assert_allclose(similarities, VALUES["lyakaap_topk_sims"], atol=1e-5)
    found = augmented(tmp_path, both, 7, 3)
    for name in ("qe_dba_test", "qe_test"):
        np.testing.assert_allclose(found[:12], VALUES[f"lyakaap_{name}"], atol=1e-5)
    index = VALUES["lyakaap_qe_dba_index_rows0to59"]
    np.testing.assert_allclose(found[12:72], index, atol=1e-5)


@pytest.mark.parametrize("k", [1, 2, 5])
def test_egt_adds_an_image_to_itself_and_we_do_not(tmp_path, k):
    """Theirs is the sum of an image, itself again, and k - 1 others; ours has it once."""
    x, expected = VECTORS["x"], VALUES[f"egt_dba_k{k}_rows0to59"]
    similarities, rows = topk_arrays(x, x, k)
    found = expand(x, x[rows], weights_of(similarities, 0))
    np.testing.assert_allclose(found[:60], expected, atol=1e-5)
    ours = expand(x, x[rows[:, 1:]], weights_of(similarities[:, 1:], 0))
    assert (np.abs(ours[:60] - expected).max() > 0.01) == (k > 1)


def dirtorch(vectors, k, alpha, positive_others_only):
    """Its database augmentation; the vector itself, with similarity 0, may be among its k best."""
    similarities = vectors @ vectors.T
    np.fill_diagonal(similarities, 0)
    made = []
    for own, cells in zip(vectors, similarities, strict=True):
        best = np.argsort(-cells, kind="stable")[:k]
        with np.errstate(invalid="ignore"):
            weights = cells[best] ** alpha
        if positive_others_only:
            weights[cells[best] <= 0] = 0
        total = own + (weights[:, None] * vectors[best]).sum(axis=0)
        made.append(total / np.linalg.norm(total))
    return np.array(made)


@pytest.mark.parametrize("alpha", ["0", "1", "3", "0.5"])
def test_dirtorch_adds_unlike_images_and_we_do_not(tmp_path, alpha):
    """Powers of negative similarities are negative, positive or no numbers; ours have weight 0."""
    x, expected = VALUES["tiny_x"], VALUES[f"tiny_dir_adba_k3_a{alpha}"]
    theirs, clipped = (dirtorch(x, 3, float(alpha), positive) for positive in (False, True))
    np.testing.assert_allclose(theirs, expected, atol=1e-5)
    ours = augmented(tmp_path, x, 3, float(alpha))
    np.testing.assert_allclose(ours, clipped, atol=1e-5)
    assert not np.allclose(ours, expected, atol=1e-4)


def test_a_query_without_neighbours_stays_as_it_is():
    assert VALUES["dir_k0_is_identity"]
    q = VECTORS["q"]
    found = expand(q, np.empty((12, 0, 64), np.float32), np.empty((12, 0)))
    np.testing.assert_allclose(found, q, atol=1e-6)
