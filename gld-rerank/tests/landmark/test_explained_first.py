"""The references that images resemble, of several networks."""

from types import SimpleNamespace

import numpy as np
from gld_rerank.landmark import explaining_first as module
from gld_rerank.landmark.explaining_first import alike_columns
from gld_rerank.landmark.network import Network
from gld_rerank.landmark.references import References
from gld_rerank.landmark.shares import Shares
from gld_rerank.landmark.voting import Ballots
from gld_shared.search.index import ArrayIndex

LABELS = np.array([1, 1, 2, 2, 3, 3])
STORE = SimpleNamespace(ids=SimpleNamespace(take=lambda rows: [f"r{row}" for row in rows.tolist()]))


def ballots_for(*landmarks):
    tags = np.array([landmarks])
    shares = Shares(tags, np.ones(tags.shape), np.ones(tags.shape))
    return Ballots(shares, shares)


def test_the_most_alike_reference_of_the_landmarks_of_each_network(monkeypatch):
    monkeypatch.setattr(module, "_REFERENCES", 3)
    random = np.random.default_rng(0)
    index, vectors = (random.standard_normal((n, 4), dtype=np.float32) for n in (5, 6))
    references = References(ArrayIndex(vectors), LABELS, np.full(6, -1), np.arange(6))
    network = Network(references, ArrayIndex(index), lambda: np.zeros(5, np.int64))
    rows = np.array([4, 0, 2])
    ballots = [ballots_for(2, 3), ballots_for(-1, -1)]
    columns = alike_columns([network] * 2, ballots, rows, [STORE] * 2)
    similar = (index.astype(float) @ vectors.astype(float).T)[rows, 2:]
    found = {column.name: column.to_list() for column in columns}
    assert found["most_alike_1"] == [f"r{2 + place}" for place in similar.argmax(axis=1)]
    np.testing.assert_allclose(found["alike_1"], similar.max(axis=1))
    assert found["most_alike_2"] == found["alike_2"] == [None] * 3
