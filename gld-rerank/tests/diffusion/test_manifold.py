"""Another implementation, manifold-diffusion, which solves by MINRES or by eigenvectors.

Conjugate gradients are the paper's. Where MINRES has converged, its solutions are ours; where it is
stopped after 8 or 10 iterations, scipy's MINRES on our graph has the same. Weights of a query's
neighbours are similarity^9 there: the cube is taken twice.
"""

import numpy as np
import pytest
from gld_rerank.diffusion.subgraph import Subgraphs, diffuse
from gld_rerank.diffusion.ties import mutual_affinity
from scipy.sparse.linalg import minres

N = 294


@pytest.fixture(scope="module")
def manifold(values_of):
    return values_of("diffusion_manifold_mishkin")


@pytest.fixture(scope="module")
def ties(vectors, manifold, graph_of):
    # Their lists hold the vector itself, and no copies.
    graph = graph_of(vectors["x"][manifold["x_rows"]], 19)
    return Subgraphs(mutual_affinity(graph, 3)).among(np.arange(N)).normalised()


@pytest.fixture(scope="module")
def weights(ties, dense_of):
    """Our ties as a matrix; symmetric, as MINRES takes it."""
    matrix = dense_of(ties)
    return (matrix + matrix.T) / 2


@pytest.fixture(scope="module")
def sources(manifold):
    """The weights of each query's neighbours, (12, n)."""
    starts, nodes = manifold["qsim_indptr"], manifold["qsim_indices"]
    made = np.zeros((12, N))
    made[np.repeat(np.arange(12), np.diff(starts)), nodes] = manifold["qsim_data"]
    return made


@pytest.fixture(scope="module")
def check_ranks(manifold, same_ranking):
    """Return a function that compares their ranking ``name`` with scores (12, n)."""

    def check(scores, name):
        for own, expected in zip(scores, manifold[f"{name}_ranks"].T, strict=True):
            same_ranking(np.argsort(-own, kind="stable"), expected, own)

    return check


def test_the_graph_and_the_sources(vectors, manifold, ties, sources, dense, dense_of):
    np.testing.assert_allclose(dense_of(ties), dense(manifold, "Wn", N), atol=1e-5)
    isolated = np.flatnonzero(np.diff(ties.starts) == 0)
    assert isolated.tolist() == manifold["isolated_nodes"].tolist()
    similarities = vectors["q"] @ vectors["x"][manifold["x_rows"]].T
    lowest = -np.sort(-similarities)[:, 4:5]
    expected = np.where(similarities >= lowest, np.maximum(similarities, 0) ** 9, 0)
    np.testing.assert_allclose(sources, expected, atol=1e-5)


def test_converged_solutions(manifold, ties, sources, check_ranks):
    found = np.stack([diffuse(ties, each, 0.99, 400, 1e-10) for each in sources])
    np.testing.assert_allclose(found, manifold["minres100_a99_scores"].T, atol=1e-6)
    check_ranks(found, "minres100_a99")


def test_solutions_after_ten_iterations_of_minres(manifold, weights, sources, check_ranks):
    alpha, iterations, tolerance = manifold["params_K_queryK_alpha_maxiter_tol"][2:]
    equations = np.eye(N) - alpha * weights
    found = np.stack(
        [minres(equations, each, rtol=tolerance, maxiter=int(iterations))[0] for each in sources]
    )
    np.testing.assert_allclose(found, manifold["minres_scores"].T, atol=1e-5)
    check_ranks(found, "minres")
    # Their truncation leaves no node out of this graph, and stops after 8.
    found = np.stack([minres(equations, each, rtol=tolerance, maxiter=8)[0] for each in sources])
    check_ranks(found, "trunk")


def test_solutions_by_eigenvectors(manifold, ties, weights, sources, check_ranks):
    values, vectors = np.linalg.eigh(weights)
    order = np.argsort(-np.abs(values), kind="stable")

    def solve(count):
        chosen, basis = values[order[:count]], vectors[:, order[:count]]
        return sources @ basis * ((1 - 0.9) / (1 - 0.9 * chosen)) @ basis.T

    for count, name in ((40, "fsr40"), (N - 1, "fsr_all_but_one")):
        np.testing.assert_allclose(solve(count), manifold[f"{name}_scores"].T, atol=1e-5)
        check_ranks(solve(count), name)
    # All of them are our solution.
    found = np.stack([diffuse(ties, each, 0.9, 400, 1e-10) for each in sources])
    np.testing.assert_allclose(solve(N), (1 - 0.9) * found, atol=1e-9)
