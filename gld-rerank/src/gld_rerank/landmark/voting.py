"""Who votes on the landmark and the country of a query."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from gld_shared.search.blocks import Doubles, Floats, Rows
from gld_shared.search.index import ArrayIndex
from gld_shared.search.topk import topk

from gld_rerank.landmark.network import Network
from gld_rerank.landmark.prototypes import Prototypes, most_frequent
from gld_rerank.landmark.shares import Shares, share_out, undivided
from gld_rerank.landmark.tagging.best import NEIGHBOURHOOD, best_references

FUSED, RAW = "fused", "raw"
INDEX, INDEX_PROTOTYPES = "index", "index-prototypes"


@dataclass(frozen=True)
class Queries:
    """Vectors (q, d) of queries, and their rows (q,) in the store."""

    vectors: Floats
    rows: Rows


@dataclass(frozen=True)
class Ballots:
    """The landmarks and countries of q queries.

    ``voters`` (q, v) are the rows of the references that voted, and ``votes`` (q, v) their weights,
    where references vote.
    """

    landmarks: Shares
    countries: Shares
    voters: Rows | None = None
    votes: Doubles | None = None


# From queries, a network, the number of voters, and the device, to ballots.
Vote = Callable[[Queries, Network, int, str], Ballots]


@dataclass(frozen=True)
class Voting:
    """The votes: a name of ``VOTES``, the number of voters, and whether the winner takes all."""

    votes: str = FUSED
    voters: int = 3
    hard: bool = False

    @property
    def least_references(self) -> int:
        """The number of labelled references that the votes need."""
        return {FUSED: NEIGHBOURHOOD, RAW: self.voters}.get(self.votes, 1)

    @property
    def of_index(self) -> bool:
        """Whether images of the index vote, by their tags."""
        return self.votes in (INDEX, INDEX_PROTOTYPES)

    def cast(self, queries: Queries, network: Network, device: str = "cpu") -> Ballots:
        """Return the ballots of queries by one network."""
        ballots = VOTES[self.votes](queries, network, self.voters, device)
        if not self.hard:
            return ballots
        landmarks, countries = ballots.landmarks.hardened(), ballots.countries.hardened()
        return replace(ballots, landmarks=landmarks, countries=countries)


def _by_fused(queries: Queries, network: Network, count: int, device: str) -> Ballots:
    """Let the references with the largest fused similarity vote, as the recipe does."""
    references, near = network.references.vectors, _near(queries, network, NEIGHBOURHOOD, device)
    best = best_references(queries.vectors, references, count, network.graph, device, near=near)
    return _of_voters(network, *best)


def _by_similarity(queries: Queries, network: Network, count: int, device: str) -> Ballots:
    """Let the most similar references vote."""
    scores, rows = _near(queries, network, count, device)
    return _of_voters(network, rows, scores.astype(np.float64))


def _near(queries: Queries, network: Network, count: int, device: str) -> tuple[Floats, Rows]:
    """Return scores and rows (q, count) of the references that are nearest to each query."""
    if network.query_tags is None:
        return topk(queries.vectors, network.references.vectors, count, device)
    return network.query_tags.nearest(queries.vectors, queries.rows, count, device)


def _of_voters(network: Network, voters: Rows, votes: Doubles) -> Ballots:
    landmarks = share_out(network.references.labels[voters], votes)
    countries = share_out(network.references.countries[voters], votes)
    return Ballots(landmarks, countries, voters, votes)


def _by_prototypes(queries: Queries, network: Network, _: int, device: str) -> Ballots:
    """Take the landmark whose references are the most similar on average."""
    tags = network.references.labels, network.references.countries
    return _of_prototypes(queries, network.prototypes, tags, device)


def _by_index(queries: Queries, network: Network, _: int, device: str) -> Ballots:
    """Take the tags of the most similar index image."""
    scores, rows = topk(queries.vectors, network.index, 1, device)
    score = scores[:, 0].astype(np.float64)
    landmarks = undivided(network.landmarks.of_rows[rows[:, 0]], score)
    return Ballots(landmarks, undivided(network.countries.of_rows[rows[:, 0]], score))


def _by_index_prototypes(queries: Queries, network: Network, _: int, device: str) -> Ballots:
    """Take the landmark whose index images are the most similar on average."""
    tags = network.landmarks.of_rows, network.countries.of_rows
    return _of_prototypes(queries, network.index_prototypes, tags, device)


def _of_prototypes(
    queries: Queries, prototypes: Prototypes, tags: tuple[Rows, Rows], device: str
) -> Ballots:
    labels, vectors = prototypes
    scores, rows = topk(queries.vectors, ArrayIndex(vectors), 1, device)
    best, score = labels[rows[:, 0]], scores[:, 0].astype(np.float64)
    distinct, places = np.unique(best, return_inverse=True)
    countries = most_frequent(*tags, distinct)[places]
    return Ballots(undivided(best, score), undivided(countries, score))


VOTES: Mapping[str, Vote] = {
    FUSED: _by_fused,
    RAW: _by_similarity,
    "prototypes": _by_prototypes,
    INDEX: _by_index,
    INDEX_PROTOTYPES: _by_index_prototypes,
}
