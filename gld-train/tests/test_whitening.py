"""Whitening against slow code, and the properties of its result."""

import numpy as np
import pytest
from gld_shared.errors import DataError
from gld_shared.store import open_store, write_store
from gld_train.whitening import learn_lda, learn_pca, unit_vectors
from gld_train.whitening.covariance import Covariance, Scatter
from hypothesis import given
from hypothesis import strategies as st

D = 6


def store(folder, n, seed=0, classes=None):
    """Make random unit vectors with different variances; those of a class are similar."""
    random = np.random.default_rng(seed)
    drawn = random.normal(size=(n, D)) * np.linspace(0.2, 1, D) @ random.normal(size=(D, D))
    if classes is not None:
        drawn += 3 * random.normal(size=(classes, D))[np.arange(n) % classes]
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    ids = [f"x{number}" for number in range(n)]
    return open_store(write_store(folder / f"{n}-{seed}.zarr", ids, drawn, {}, dtype="float32"))


def unit(store):
    read = store.read(slice(0, store.n)).astype(np.float64)
    return read / np.linalg.norm(read, axis=1, keepdims=True)


def whitened(store, whitening):
    return unit(store) @ whitening.weight.T + whitening.bias


def within(u, labels):
    """Sum the outer products of the deviations from the class means."""
    scatter = np.zeros((D, D))
    for label in set(labels) - {-1}:
        mine = u[labels == label]
        for deviation in mine - mine.mean(axis=0):
            scatter += np.outer(deviation, deviation)
    return scatter


def test_pca_gives_uncorrelated_values_of_unit_variance(tmp_path):
    found = whitened(a := store(tmp_path, 50), learn_pca(a, shrinkage=0))
    np.testing.assert_allclose(found.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(np.cov(found.T), np.eye(D), atol=1e-10)


@given(n=st.integers(8, 40), dim=st.integers(1, D), shrinkage=st.floats(0, 1), seed=st.integers(0))
def test_pca_equals_explicit_components(tmp_path_factory, n, dim, shrinkage, seed):
    a = store(tmp_path_factory.mktemp("pca"), n, seed)
    u = unit(a)
    # Singular vectors of the deviations are the components, best first.
    _, deviations, components = np.linalg.svd(u - u.mean(axis=0), full_matrices=False)
    variances = deviations**2 / (n - 1)
    variances = (1 - shrinkage) * variances + shrinkage * variances.mean()
    expected = (u - u.mean(axis=0)) @ components[:dim].T / np.sqrt(variances[:dim])
    found = learn_pca(a, dim, shrinkage)
    assert (found.weight.shape, found.bias.shape) == ((dim, D), (dim,))
    np.testing.assert_allclose(abs(whitened(a, found)), abs(expected), rtol=1e-6, atol=1e-6)


def test_a_shrinkage_of_1_is_pca_without_whitening(tmp_path):
    a = store(tmp_path, 40, classes=5)
    for found in (learn_pca(a, 3, 1), learn_lda(a, np.arange(40) % 5, 3, 1)):
        scale = np.linalg.norm(found.weight[0])
        np.testing.assert_allclose(found.weight @ found.weight.T, scale**2 * np.eye(3), atol=1e-9)
        plain = np.linalg.eigh(np.cov(unit(a).T))[1][:, :-4:-1].T
        np.testing.assert_allclose(abs(found.weight / scale), abs(plain), atol=1e-9)


def test_lda_whitens_within_labels_and_ranks_directions_by_all(tmp_path):
    a, labels = store(tmp_path, 60, classes=7), np.arange(60) % 7
    labels[:5] = -1
    u, known = whitened(a, learn_lda(a, labels, shrinkage=0)), labels >= 0
    np.testing.assert_allclose(u[known].mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(within(u, labels) / (55 - 7), np.eye(D), atol=1e-9)
    total = np.cov(u[known].T)
    np.testing.assert_allclose(total, np.diag(np.diag(total)), atol=1e-9)
    assert (np.diff(np.diag(total)) < 0).all()
    part = learn_lda(a, labels, dim=2, shrinkage=0)
    np.testing.assert_allclose(whitened(a, part), u[:, :2], atol=1e-9)


def test_lda_equals_a_loop_with_shrinkage(tmp_path):
    a, labels = store(tmp_path, 30, classes=4), np.arange(30) % 4
    u = unit(a)
    covariance = within(u, labels) / (30 - 4)
    covariance = 0.7 * covariance + 0.3 * np.trace(covariance) / D * np.eye(D)
    # The generalised eigenvectors of both covariances: Mikolajczyk and Matas, 2007.
    values, directions = np.linalg.eig(np.linalg.solve(covariance, np.cov(u.T)))
    directions = directions[:, np.argsort(-values)]
    directions /= np.sqrt(np.einsum("ij,ik,kj->j", directions, covariance, directions))
    found = learn_lda(a, labels, shrinkage=0.3)
    np.testing.assert_allclose(abs(found.weight), abs(directions.T), rtol=1e-7, atol=1e-9)


def test_ledoit_and_wolf_by_a_loop():
    """The paper's formulas for a group with a known mean, sum by sum."""
    drawn = np.random.default_rng(3).normal(size=(12, D)) * np.arange(1, D + 1)
    matrix = drawn.T @ drawn / 12
    mean = np.trace(matrix) / D
    error = sum(np.square(np.outer(row, row) - matrix).sum() for row in drawn) / 12**2
    expected = error / np.square(matrix - mean * np.eye(D)).sum()
    fourth = np.mean([(row @ row) ** 2 for row in drawn])
    assert 0 < expected < 1
    assert Covariance(matrix, 12, fourth).ledoit_wolf() == pytest.approx(expected)


def test_the_shrinkage_falls_with_the_number_of_images(tmp_path):
    found = [learn_pca(store(tmp_path, n)).shrinkage for n in (4, 20, 2000)]
    assert 1 >= found[0] > found[1] > found[2] > 0
    alike = Covariance(np.eye(D), 3, 5.0)
    assert alike.ledoit_wolf() == 0, "already a multiple of the identity"


def test_fourth_powers_are_the_same_for_groups_of_any_size():
    """Deviations from the means of pairs are shorter, and corrected for it."""
    drawn = np.random.default_rng(0).normal(size=(40000, D))
    fourth = []
    for size in (2, 5, 40000):
        groups = drawn.reshape(-1, size, D)
        scatter = Scatter(D)
        deviations = (groups - groups.mean(axis=1, keepdims=True)).reshape(-1, D)
        scatter.add(deviations, np.full(len(drawn), size))
        fourth.append(scatter.covariance(len(drawn) - len(groups)).fourth)
    np.testing.assert_allclose(fourth, D * (D + 2), rtol=0.03)


@pytest.mark.parametrize("rows", [1, 7, 60])
def test_any_block_size_gives_the_same_whitening(tmp_path, monkeypatch, rows):
    a, labels = store(tmp_path, 60, classes=7), np.arange(60) % 7
    labels[labels == 3] = -1
    expected = learn_pca(a), learn_lda(a, labels)
    monkeypatch.setattr(unit_vectors, "BLOCK_ROWS", rows)
    for found, whole in zip((learn_pca(a), learn_lda(a, labels)), expected, strict=True):
        np.testing.assert_allclose(found.weight, whole.weight, rtol=1e-7, atol=1e-9)
        assert found.shrinkage == pytest.approx(whole.shrinkage)


@given(st.lists(st.integers(-1, 5), max_size=40))
def test_blocks_hold_whole_classes(labels):
    labels = np.array(labels, np.int64)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(unit_vectors, "BLOCK_ROWS", 8)
        found = list(unit_vectors.class_blocks(labels))
    expected = [np.flatnonzero(labels == label).tolist() for label in range(6)]
    split = [part for rows, sizes in found for part in np.split(rows, np.cumsum(sizes)[:-1])]
    assert [part.tolist() for part in split] == [rows for rows in expected if rows]
    assert all(len(rows) >= 8 for rows, _ in found[:-1])
    assert all(len(rows) - sizes[-1] < 8 for rows, sizes in found)


def test_signs_are_fixed(tmp_path):
    a = store(tmp_path, 30, classes=4)
    for found in (learn_pca(a, 4), learn_lda(a, np.arange(30) % 4, 4)):
        assert (found.weight[range(4), abs(found.weight).argmax(axis=1)] > 0).all()


def refused(work):
    with pytest.raises(DataError) as caught:
        work()
    return str(caught.value)


def test_too_few_vectors(tmp_path):
    a, labels = store(tmp_path, 5), np.array([0, 0, 1, 1, 1])
    assert refused(lambda: learn_pca(a, shrinkage=0)) == (
        f"{a.path}: its 5 vectors span 4 dimensions, expected the 6 of --dim; "
        "lower it, give more images, or a --shrinkage above 0"
    )
    assert learn_pca(a, 4, shrinkage=0).weight.shape == (4, D)
    assert refused(lambda: learn_lda(a, labels, 2, shrinkage=0)) == (
        f"{a.path}: the differences within its labels span 3 of 6 dimensions; "
        "give more images, or a --shrinkage above 0"
    )
    assert np.isfinite(learn_lda(a, labels).weight).all()
    assert np.isfinite(learn_pca(a).weight).all()
    alone = store(tmp_path, 1)
    assert refused(lambda: learn_pca(alone)) == (
        f"{alone.path}: 1 vectors; whitening needs at least 2"
    )


def test_vectors_that_are_all_the_same(tmp_path):
    ids = [f"x{number}" for number in range(9)]
    a = open_store(write_store(tmp_path / "a.zarr", ids, np.full((9, D), 0.3), {}))
    assert "its 9 vectors span 0 dimensions" in refused(lambda: learn_pca(a))
    assert "span 0 of 6 dimensions" in refused(lambda: learn_lda(a, np.arange(9) % 3))


def test_no_label_with_two_images(tmp_path):
    a = store(tmp_path, 5)
    assert refused(lambda: learn_lda(a, np.array([0, 1, -1, 2, 3]))) == (
        f"{a.path}: none of the 4 labels has two images; "
        "LDA whitening is learned from the differences within a label"
    )


def test_more_dimensions_than_the_vectors_have(tmp_path):
    a = store(tmp_path, 9)
    for work in (lambda: learn_pca(a, 7), lambda: learn_lda(a, np.zeros(9, int), 7)):
        assert refused(work) == (
            f"{a.path}: its vectors have 6 values, and --dim is 7; expected no more"
        )


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        (0, "its vector has length 0, expected 1e-15 to 1e+15"),
        (np.nan, "its vector is not finite"),
        (np.inf, "its vector is not finite"),
    ],
)
def test_a_vector_without_a_direction_is_named(tmp_path, value, fault):
    rows = np.random.default_rng(0).normal(size=(5, D))
    rows[3] = value
    a = open_store(write_store(tmp_path / "a.zarr", list("abcde"), rows, {}, dtype="float32"))
    assert refused(lambda: learn_pca(a)) == (
        f"{a.path}: row 3 (id 'd'): {fault}; "
        "restore the store from a copy, or embed again under another name"
    )
