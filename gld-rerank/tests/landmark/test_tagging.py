"""The fast search for the references that vote, against the procedure written down plainly."""

from pathlib import Path

import numpy as np
import pytest
from gld_rerank.landmark.tagging.best import best_references
from gld_rerank.landmark.tagging.fused import FusedSimilarity
from gld_shared.search.index import ArrayIndex
from hypothesis import given, settings
from hypothesis import strategies as st

VALUES = Path(__file__).parents[1] / "fixtures" / "recipe" / "k_reciprocal.npz"


class Graph:
    """Lists in memory."""

    def __init__(self, rows, scores):
        self.rows, self.scores = rows, scores
        self.width = rows.shape[1]

    def take(self, rows):
        return self.rows[rows], self.scores[rows]


def products(left, right):
    """Similarities rounded to float32, as a search has them."""
    return (left.astype(np.float64) @ right.T.astype(np.float64)).astype(np.float32)


def ordered(similarities, own=None):
    """Rows by falling similarity, equal ones in order; ``own`` comes first."""
    order = np.argsort(-similarities, kind="stable")
    return order if own is None else np.concatenate([[own], order[order != own]])


def slow_neighbourhood(query, references):
    near = ordered(products(query[None], references)[0])[:30]
    others = [ordered(products(references[row][None], references)[0], row)[:30] for row in near]
    return np.unique(np.concatenate([near, *others]))


def slowly(query, references, fusion):
    """Fused similarity of a query to each of some references, by whole matrices."""
    vectors = np.concatenate([query[None], references])
    near = products(vectors, vectors)
    distances = np.clip((1 - near.astype(np.float64)) / 2, 0, 1)
    np.fill_diagonal(distances, 0)  # whatever rounding did to the length of a vector
    ranks = np.array([ordered(row, own) for own, row in enumerate(near)])

    def reciprocal(node, width):
        return [other for other in ranks[node, :width] if node in ranks[other, :width]]

    weights = np.zeros_like(distances)
    for node in range(len(vectors)):
        found = reciprocal(node, fusion.k1 + 1)
        expanded = set(found)
        for other in found:
            further = reciprocal(other, round(fusion.k1 / 2) + 1)
            if len(set(further) & set(found)) > 2 / 3 * len(further):
                expanded |= set(further)
        expanded = sorted(expanded)
        values = np.exp(-distances[node, expanded])
        weights[node, expanded] = values / values.sum()
    mean = weights[ranks[:, : fusion.k2]].mean(axis=1)
    shared = np.minimum(mean[0], mean[1:]).sum(axis=1)
    jaccard = 1 - shared / (2 - shared)
    fused = 1 - (fusion.balance * distances[0, 1:] + (1 - fusion.balance) * jaccard)
    return fused.astype(np.float32)


def graph_of(references, width, forget=()):
    """The nearest others of each reference, as a graph; rows of ``forget`` have shorter lists."""
    near = products(references, references)
    rows = np.array([ordered(row, own)[1 : width + 1] for own, row in enumerate(near)])
    scores = np.take_along_axis(near, rows, axis=1)
    for row, kept in forget:
        rows[row, kept:], scores[row, kept:] = -1, 0
    return Graph(rows, scores)


@pytest.mark.parametrize(("k1", "k2", "name"), [(10, 3, ""), (6, 1, "_K6_1"), (20, 6, "_K20_6")])
def test_fused_similarity_equals_the_recipe(k1, k2, name):
    values = np.load(VALUES)
    q, x = values["q"], values["x"]
    rows, found = best_references(q, ArrayIndex(x), 30, fusion=FusedSimilarity(k1, k2))
    expected = values["fused_f32" + name]
    np.testing.assert_allclose(found, np.take_along_axis(expected, rows, 1), atol=1e-5)
    np.testing.assert_allclose(found, -np.sort(-expected)[:, :30], atol=1e-5)


def test_the_plain_procedure_equals_the_recipe():
    values = np.load(VALUES)
    for query, expected in zip(values["q"], values["slice_jaccard"], strict=True):
        overlap = slowly(query, values["x"][:40], FusedSimilarity(balance=0.0))
        np.testing.assert_allclose(1 - overlap, expected, atol=1e-5)


@st.composite
def images(draw):
    """Queries and references around some points, a few equal; a query may be a reference."""
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    dimension, count = draw(st.integers(2, 12)), draw(st.integers(30, 90))
    centres = generator.normal(size=(draw(st.integers(1, 8)), dimension))
    spread = draw(st.sampled_from([0.05, 0.3, 1.0]))
    vectors = centres[generator.integers(0, len(centres), count + 3)]
    vectors = vectors + spread * generator.normal(size=vectors.shape)
    vectors[generator.integers(0, len(vectors), draw(st.integers(0, 20)))] = vectors[-1]
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float16)
    return vectors[:3].astype(np.float32), vectors[3:].astype(np.float32)


@settings(max_examples=40)
@given(
    images(),
    st.sampled_from([FusedSimilarity(), FusedSimilarity(6, 1), FusedSimilarity(20, 6)]),
    st.integers(0, 1),
)
def test_the_best_are_those_of_whole_matrices_with_and_without_a_graph(given_images, fusion, seed):
    queries, references = given_images
    forget = [(row, 5 * row % 29) for row in range(seed, len(references), 3)]
    graphs = [None, graph_of(references, 29), graph_of(references, 50, forget)]
    found = [
        best_references(queries, ArrayIndex(references), 5, graph, fusion=fusion)
        for graph in graphs
    ]
    for rows, fused in found[1:]:
        assert rows.tolist() == found[0][0].tolist()
        assert fused.tolist() == found[0][1].tolist()
    for query, rows, fused in zip(queries, *found[0], strict=True):
        members = slow_neighbourhood(query, references)
        expected = slowly(query, references[members], fusion)
        best = ordered(expected)[:5]
        np.testing.assert_allclose(fused, expected[best], atol=1e-6)
        # Sums in another order may change the order of almost equal references.
        by_member = dict(zip(members.tolist(), expected, strict=True))
        np.testing.assert_allclose(fused, [by_member[row] for row in rows.tolist()], atol=1e-6)
        assert len(set(rows.tolist())) == 5
