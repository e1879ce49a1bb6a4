"""Who votes on the landmark and the country of a query."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from gld_shared.search.blocks import Doubles, Floats, Rows
from gld_shared.search.index import ArrayIndex
from gld_shared.search.topk import topk

from gld_rerank.landmark.network import Network
from gld_rerank.landmark.prototypes import Prototypes, most_frequent
from gld_rerank.landmark.shares import Shares, share_out, undivided
from gld_rerank.landmark.tagging.best import NEIGHBOURHOOD, best_references

FUSED, RAW = "fused", "raw"


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


# From queries (q, d), a network, the number of voters, and the device, to ballots.
Vote = Callable[[Floats, Network, int, str], Ballots]


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

    def cast(self, queries: Floats, network: Network, device: str = "cpu") -> Ballots:
        """Return the ballots of queries (q, d) by one network."""
        ballots = VOTES[self.votes](queries, network, self.voters, device)
        if not self.hard:
            return ballots
        return Ballots(
            ballots.landmarks.hardened(),
            ballots.countries.hardened(),
            ballots.voters,
            ballots.votes,
        )


def _by_fused(queries: Floats, network: Network, count: int, device: str) -> Ballots:
    """Let the references with the largest fused similarity vote, as the recipe does."""
    vectors = network.references.vectors
    return _of_voters(network, *best_references(queries, vectors, count, network.graph, device))


def _by_similarity(queries: Floats, network: Network, count: int, device: str) -> Ballots:
    """Let the most similar references vote."""
    scores, rows = topk(queries, network.references.vectors, count, device)
    return _of_voters(network, rows, scores.astype(np.float64))


def _of_voters(network: Network, voters: Rows, votes: Doubles) -> Ballots:
    landmarks = share_out(network.references.labels[voters], votes)
    countries = share_out(network.references.countries[voters], votes)
    return Ballots(landmarks, countries, voters, votes)


def _by_prototypes(queries: Floats, network: Network, _: int, device: str) -> Ballots:
    """Take the landmark whose references are the most similar on average."""
    tags = network.references.labels, network.references.countries
    return _of_prototypes(queries, network.prototypes, tags, device)


def _by_index(queries: Floats, network: Network, _: int, device: str) -> Ballots:
    """Take the tags of the most similar index image."""
    scores, rows = topk(queries, network.index, 1, device)
    score = scores[:, 0].astype(np.float64)
    landmarks = undivided(network.landmarks.of_rows[rows[:, 0]], score)
    return Ballots(landmarks, undivided(network.countries.of_rows[rows[:, 0]], score))


def _by_index_prototypes(queries: Floats, network: Network, _: int, device: str) -> Ballots:
    """Take the landmark whose index images are the most similar on average."""
    tags = network.landmarks.of_rows, network.countries.of_rows
    return _of_prototypes(queries, network.index_prototypes, tags, device)


def _of_prototypes(
    queries: Floats, prototypes: Prototypes, tags: tuple[Rows, Rows], device: str
) -> Ballots:
    labels, vectors = prototypes
    scores, rows = topk(queries, ArrayIndex(vectors), 1, device)
    best, score = labels[rows[:, 0]], scores[:, 0].astype(np.float64)
    distinct, places = np.unique(best, return_inverse=True)
    countries = most_frequent(*tags, distinct)[places]
    return Ballots(undivided(best, score), undivided(countries, score))


VOTES: Mapping[str, Vote] = {
    FUSED: _by_fused,
    RAW: _by_similarity,
    "prototypes": _by_prototypes,
    "index": _by_index,
    "index-prototypes": _by_index_prototypes,
}
