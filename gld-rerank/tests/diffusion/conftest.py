"""The vectors that others diffused, and graphs in the forms that theirs have."""

from pathlib import Path

import numpy as np
import pytest
from gld_rerank.diffusion.ties import Ties
from gld_rerank.graph.index_graph import Graph

METHODS = Path(__file__).parents[1] / "fixtures" / "methods"


@pytest.fixture(scope="session")
def vectors():
    return {
        name: each.astype(np.float64) for name, each in np.load(METHODS / "m_vectors.npz").items()
    }


@pytest.fixture(scope="session")
def values_of():
    """Return a function that opens what a program computed."""
    return lambda name: np.load(METHODS / f"{name}.npz")


@pytest.fixture(scope="session")
def graph_of():
    """Return a function that links each vector (n, d) with its k nearest others."""

    def make(vectors, k):
        similarities = vectors @ vectors.T
        np.fill_diagonal(similarities, -2)
        nodes = np.argsort(-similarities, axis=1, kind="stable")[:, :k]
        nearest = np.take_along_axis(similarities, nodes, axis=1)
        return Graph(nodes.astype(np.int32), nearest.astype(np.float32))

    return make


@pytest.fixture(scope="session")
def dense():
    """Return a function that makes an array (n, n) of a file's sparse matrix of this name."""

    def make(values, name, n):
        starts, nodes = values[f"{name}_indptr"], values[f"{name}_indices"]
        matrix = np.zeros((n, n))
        matrix[np.repeat(np.arange(n), np.diff(starts)), nodes] = values[f"{name}_data"]
        return matrix

    return make


@pytest.fixture(scope="session")
def dense_of():
    """Return a function that makes an array (n, n) of ties."""

    def make(ties):
        n = len(ties.starts) - 1
        matrix = np.zeros((n, n))
        matrix[np.repeat(np.arange(n), np.diff(ties.starts)), ties.nodes] = ties.weights
        return matrix

    return make


@pytest.fixture(scope="session")
def sparse():
    """Return a function that makes ties of an array (n, n)."""

    def make(matrix):
        rows, nodes = np.nonzero(matrix)
        starts = np.searchsorted(rows, np.arange(len(matrix) + 1))
        return Ties(starts, nodes.astype(np.int32), matrix[rows, nodes])

    return make
