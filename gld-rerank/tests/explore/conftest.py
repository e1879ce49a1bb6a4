"""The authors' graphs, and links between images."""

from pathlib import Path

import numpy as np
import pytest
from gld_rerank.graph.links import Links

METHODS = Path(__file__).parents[1] / "fixtures" / "methods"


@pytest.fixture(scope="session")
def methods():
    """The folder of what methods' authors computed."""
    return METHODS


@pytest.fixture(scope="session")
def links_of():
    """Return a function that makes links of lists of (node, similarity)."""

    def make(lists):
        starts = np.cumsum([0, *map(len, lists)]).astype(np.int64)
        pairs = [pair for each in lists for pair in each]
        nodes, similarities = (np.array([pair[at] for pair in pairs]) for at in (0, 1))
        return Links(starts, nodes.astype(np.int32), similarities.astype(np.float32))

    return make


@pytest.fixture(scope="session")
def lists_as_the_authors():
    """Return a function that gives each node of a graph the authors' links, without ``queries``.

    They are its k neighbours, and one link from the last image that lists it; see README.
    """
    values = np.load(METHODS / "egt.npz")

    def make(graph, k, queries):
        ids, scores = values[f"{graph}_prebuilt_ids"], values[f"{graph}_prebuilt_scores"]
        tables = [
            {int(node): (int(node), int(score)) for node, score in zip(row, cells, strict=True)}
            for row, cells in zip(ids[:, :k], scores[:, :k], strict=True)
        ]
        own = [list(table.values()) for table in tables]
        for image in range(queries, len(ids)):
            for node, score in own[image]:
                held = tables[node].get(image)
                tables[node][node] = (image, score if held is None else max(score, held[1]))
        return [[(node - queries, score) for node, score in each.values()] for each in tables]

    return make
