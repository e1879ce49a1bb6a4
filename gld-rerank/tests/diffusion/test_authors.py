"""Diffusion against what its authors' program computed (Iscen et al., CVPR 2017)."""

import numpy as np
import pytest
from gld_rerank.diffusion.rerank import diffusion_rerank
from gld_rerank.diffusion.subgraph import Subgraphs, diffuse
from gld_rerank.diffusion.ties import mutual_affinity
from gld_shared.search.topk import topk_arrays


@pytest.fixture(scope="module")
def iscen(values_of):
    return values_of("diffusion_iscen_octave")


@pytest.fixture(scope="module")
def graph(vectors, graph_of):
    # Their lists hold the vector itself.
    return Subgraphs(mutual_affinity(graph_of(vectors["x"], 14), 3))


@pytest.fixture(scope="module")
def ties(graph):
    return graph.among(np.arange(300)).normalised()


def sources_of(queries, images, top):
    """The similarities of several queries, of each its best, as the sources in images (n,)."""
    sums = np.zeros(len(images))
    for query in queries:
        similarities = images @ query
        best = np.argsort(-similarities, kind="stable")[:top]
        sums[best] += similarities[best]
    sources = np.zeros(len(images))
    best = np.argsort(-sums, kind="stable")[:top]
    sources[best] = np.maximum(sums[best] ** 3, 0)
    return sources


def groups_of(iscen):
    """The queries that are one together, the regions of an image."""
    return np.split(iscen["regional_groups_flat"], np.cumsum(iscen["regional_groups_len"])[:-1])


def test_the_nearest_vectors(vectors, iscen):
    x = vectors["x"].astype(np.float32)
    similarities, rows = topk_arrays(x, x, 15)
    assert rows.tolist() == iscen["knn"].tolist()
    np.testing.assert_allclose(similarities, iscen["knn_sims"], atol=1e-5)


def test_the_graph(vectors, iscen, graph_of, dense, dense_of):
    found = dense_of(mutual_affinity(graph_of(vectors["x"], 14), 3))
    np.testing.assert_allclose(found, dense(iscen, "affinity", 300), atol=1e-5)


def test_scores_and_ranking_from_vectors(searched, vectors, iscen, same_ranking):
    k, top, gamma, alpha = iscen["params_k_kq_gamma_alpha_tol_it_topn"][:4]
    queries, index = (vectors[name].astype(np.float32) for name in "qx")
    found = diffusion_rerank(
        searched(queries, index, 300), None, int(k) - 1, int(top), gamma, alpha, 300, 300
    )
    for scores, rows, expected in zip(*found.rank(slice(0, 12)), iscen["f"], strict=True):
        reached = expected[rows] > 0
        np.testing.assert_allclose(scores[reached], expected[rows[reached]], atol=1e-5)
        # The authors leave the order of what is not reached open; it comes last.
        assert (scores[~reached] <= 1e-5).all()
        same_ranking(rows, np.argsort(-expected, kind="stable"), expected)


@pytest.mark.parametrize("kind", ["", "regional_"])
def test_solutions(ties, iscen, kind):
    solutions = iscen["f" if not kind else "regional_f_vectors"]
    for sources, expected in zip(iscen[f"{kind}y"], solutions, strict=True):
        np.testing.assert_allclose(diffuse(ties, sources, 0.99), expected, atol=1e-5)


def test_solutions_without_a_limit_are_the_exact_ones(ties, iscen):
    for sources, expected in zip(iscen["y"], iscen["f_exact"], strict=True):
        found = diffuse(ties, sources, 0.99, 2000, 1e-12)
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_the_iterate_that_counts_is_the_authors(ties, iscen, dense_of):
    equations = np.eye(300) - 0.99 * dense_of(ties)
    for sources, iterations, failed in zip(
        iscen["y"], iscen["pcg_iterations"], iscen["pcg_flag"], strict=True
    ):
        found = diffuse(ties, sources, 0.99)
        assert np.array_equal(found, diffuse(ties, sources, 0.99, int(iterations)))
        assert not np.array_equal(found, diffuse(ties, sources, 0.99, int(iterations) - 1))
        residual = np.linalg.norm(sources - equations @ found) / np.linalg.norm(sources)
        assert (residual > 1e-6) == failed


def test_sources_and_scores_of_images_of_several_vectors(ties, vectors, iscen):
    """An image is scored by the sum over its vectors, weighted by generalised max pooling."""
    image_of, weights = iscen["image_of_vector"], np.zeros(300)
    for image in range(90):
        own = np.flatnonzero(image_of == image)
        products = vectors["x"][own] @ vectors["x"][own].T
        weights[own] = np.linalg.solve(products + np.eye(len(own)), np.ones(len(own)))
    np.testing.assert_allclose(weights, iscen["gmp_weights"], atol=1e-5)
    for number, group in enumerate(groups_of(iscen)):
        sources = sources_of(vectors["q"][group], vectors["x"], 6)
        np.testing.assert_allclose(sources, iscen["regional_y"][number], atol=1e-5)
        found = np.bincount(image_of, weights * diffuse(ties, sources, 0.99))
        np.testing.assert_allclose(found, iscen["regional_scores"][number], atol=1e-5)


def test_truncated_solutions(graph, vectors, iscen):
    image_of, whole = iscen["image_of_vector"], iscen["trunc_global"].astype(np.float32)
    for group, member, expected in zip(
        groups_of(iscen), iscen["trunc_member"], iscen["trunc_f"], strict=True
    ):
        query = vectors["q"][group].sum(axis=0, keepdims=True).astype(np.float32)
        _, images = topk_arrays(query, whole, 25)
        nodes = np.flatnonzero(np.isin(image_of, images[0]))
        assert nodes.tolist() == np.flatnonzero(member).tolist()
        sources = sources_of(vectors["q"][group], vectors["x"][nodes], 6)
        found = diffuse(graph.among(nodes).normalised(), sources, 0.99)
        np.testing.assert_allclose(found, expected[nodes], atol=1e-5)
