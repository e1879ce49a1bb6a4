"""Orders that put images of the query's landmarks first, against loops over all pairs."""

from functools import partial
from unittest.mock import patch

import numpy as np
from gld_rerank.landmark import first
from gld_rerank.landmark.first import like_landmarks, merged_landmarks, rank_first, with_landmark
from gld_rerank.landmark.network import Network
from gld_rerank.landmark.references import References
from gld_rerank.landmark.shares import share_out
from gld_rerank.landmark.voting import Ballots
from gld_shared.search.index import ArrayIndex
from hypothesis import given
from hypothesis import strategies as st

WEIGHTS = st.sampled_from([[1.0], [1.0, 0.5], [1.0, 1.0], [0.5, 1.0, 1.0]])
# Quarters, so that products are exact and many are equal, also to the threshold.
NUMBERS = [-0.5, 0.0, 0.25, 0.5]


class Case:
    """Queries, and for each network an index, references and the votes on the queries."""

    def __init__(self, seed, networks):
        random = np.random.default_rng(seed)
        self.queries = random.choice(NUMBERS, (3, 4)).astype(np.float32)
        n = int(random.integers(1, 12))
        self.index = random.choice(NUMBERS, (n, 4)).astype(np.float32)
        self.networks, self.ballots, self.references = [], [], []
        for _ in range(networks):
            count = int(random.integers(1, 9))
            references = random.choice(NUMBERS, (count, 4)).astype(np.float32)
            labels = random.integers(0, 4, count)
            known = References(ArrayIndex(references), labels, np.full(count, -1), np.arange(count))
            nearest = random.integers(0, count, n)
            tags = partial(np.asarray, nearest)
            self.networks.append(Network(known, ArrayIndex(self.index), tags))
            voters = random.integers(0, count, (3, 2))
            votes = random.choice([0.25, 0.5], (3, 2))
            landmarks = share_out(labels[voters], votes)
            self.ballots.append(Ballots(landmarks, landmarks))
            self.references.append((references, labels))

    def slow_winner(self, network, query):
        shares = self.ballots[network].landmarks
        pairs = zip(shares.scores[query], shares.tags[query], strict=True)
        return max((score, -tag) for score, tag in pairs if tag >= 0)


def merged(named, weights):
    """The tag that networks agree on, of (score, tag), or -1."""
    tags = [tag for _, tag in named]
    if len(set(tags)) == len(tags) > 1:
        return -1
    sums = {}
    for (score, tag), weight in zip(named, weights, strict=True):
        sums[tag] = sums.get(tag, 0) + score * weight
    return min(sums, key=lambda tag: (-sums[tag], tag))


def pairs_of(members):
    return [(query, row) for query in range(3) for row in members(query).tolist()]


@given(st.integers(0, 2**32 - 1), WEIGHTS)
def test_images_with_the_landmark_are_those_of_loops(seed, weights):
    case = Case(seed, len(weights))
    of_networks = np.array(weights)
    landmarks = merged_landmarks(case.networks, of_networks)
    found = with_landmark(landmarks, case.ballots, of_networks)
    expected = []
    for query in range(3):
        winners = [case.slow_winner(network, query) for network in range(len(weights))]
        wanted = merged([(score, -tag) for score, tag in winners], weights)
        for row in range(len(case.index)):
            named = [(1, int(each.landmarks.of_rows[row])) for each in case.networks]
            if wanted >= 0 and merged(named, weights) == wanted:
                expected.append((query, row))
    assert pairs_of(found) == sorted(expected)


@given(st.integers(0, 2**32 - 1), WEIGHTS, st.sampled_from([0.0, 0.125, 0.25]))
def test_images_like_the_landmarks_are_those_of_loops(seed, weights, threshold):
    case = Case(seed, len(weights))
    found = like_landmarks(case.networks, case.ballots, np.array(weights), threshold)
    expected = []
    for query in range(3):
        for row, image in enumerate(case.index):
            said = 0
            for (references, labels), ballots, weight in zip(
                case.references, case.ballots, weights, strict=True
            ):
                own = ballots.landmarks.tags[query]
                near = [
                    float(reference @ image)
                    for reference, label in zip(references, labels, strict=True)
                    if label in own
                ]
                said += weight * (max(near) > threshold)
            if said > sum(weights) / 2:
                expected.append((query, row))
    assert pairs_of(found) == sorted(expected)


@given(st.integers(0, 2**32 - 1), st.integers(1, 14), st.sampled_from([1, 10, 1000]), st.data())
def test_members_are_ranked_first_and_the_own_image_is_left_out(seed, k, at_once, data):
    case = Case(seed, 1)
    n = len(case.index)
    own = np.array(data.draw(st.lists(st.integers(-1, n - 1), min_size=3, max_size=3)))
    every = [(query, row) for query in range(3) for row in range(n)]
    chosen = sorted(data.draw(st.sets(st.sampled_from(every))))

    def members(query):
        return np.array([row for place, row in chosen if place == query], np.int64)

    with patch.object(first, "_MEMBERS", at_once):
        scores, rows = rank_first(case.queries, ArrayIndex(case.index), members, k, own, "cpu")
    for query in range(3):
        ranked = sorted(
            (row for row in range(n) if row != own[query]),
            key=lambda row: (
                (query, row) not in chosen, -float(case.queries[query] @ case.index[row]), row
            ),
        )[:k]  # fmt: skip
        kept = rows[query] >= 0
        assert rows[query][kept].tolist() == ranked
        expected = np.float32(1 - np.arange(len(ranked)) / n)
        assert scores[query][kept].tolist() == expected.tolist()
