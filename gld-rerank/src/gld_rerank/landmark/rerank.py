"""The landmark rerank: references, their votes, and a search that adds the votes to the scores.

Each index image takes the landmark and country of its nearest labelled reference. Each query takes
those of its three best references by fused similarity, with shares that sum to 1. A shared landmark
or country adds to the similarity. The whole index is searched, so the result may contain images
that the first search did not find.
"""

from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path

import numpy as np
from gld_shared.progress import Advance, silent
from gld_shared.search.blocks import Doubles, Floats, Rows
from gld_shared.search.own_images import topk_of_others
from gld_shared.store import EmbeddingStore
from gld_shared.tables import Table

from gld_rerank.landmark.bonus import Votes, vote_bonus
from gld_rerank.landmark.explaining import landmark_reasons
from gld_rerank.landmark.explaining_first import alike_columns, coming_first
from gld_rerank.landmark.first import (
    Members,
    like_landmarks,
    merged_landmarks,
    rank_first,
    with_landmark,
)
from gld_rerank.landmark.given.files import Given
from gld_rerank.landmark.network import Network
from gld_rerank.landmark.networks import open_networks
from gld_rerank.landmark.voting import Ballots, Queries, Voting
from gld_rerank.neighbours import Source, open_neighbours
from gld_rerank.own_images import own_images
from gld_rerank.reasons import Reasons
from gld_rerank.reranking import Reranking, queries_at_once

BEFORE, AFTER = "before", "after"
# The orders: votes add to similarities, or images of the query's landmarks come first.
VOTES_ADDED, LANDMARK_FIRST, EXPANSION = "votes", "landmark", "expansion"


def landmark_rerank(
    neighbours: Source,
    references: Sequence[EmbeddingStore],
    labels: Table,
    alpha: float = 1.0,
    beta: float = 0.1,
    vote: int = 3,
    k: int = 100,
    device: str = "cpu",
    *,
    tags: Sequence[str | Path] = (),
    query_tags: Sequence[str | Path] = (),
    graphs: Sequence[str | Path] = (),
    merge: str = BEFORE,
    votes: str = "fused",
    hard: bool = False,
    order: str = VOTES_ADDED,
    threshold: float = 0.6,
    advance: Advance = silent,
) -> Reranking:
    """Add alpha for a shared landmark and beta for a shared country, and search the whole index.

    ``references`` holds a store of labelled images for each network, ``labels`` their list;
    ``vote`` references vote on each query. ``tags``, ``query_tags`` and ``graphs`` are searches
    made before, for each network in order: the nearest reference of each index image, the 30
    nearest of each query, and the neighbours of the references among themselves; the result is the
    same without them. ``merge`` says whether a network's votes have its weight (``before``), or
    none (``after``). ``votes`` is a name of ``VOTES``; ``hard`` leaves all of a query's votes to
    its first landmark and country. ``order`` may put images of the query's landmarks first instead:
    see ``gld_rerank.landmark.first``. ``advance`` is called with the number of index images whose
    nearest reference is found.
    Of ``neighbours``, only the queries and stores are used; a query's own image is left out, unless
    the search kept it. Memory: the neighbours, some numbers for each index row, reference and
    network, 2,048 queries, and one block of the index. Raises DataError when stores, list and files
    do not match.
    """
    found = open_neighbours(neighbours)
    own = own_images(found)
    counts_countries = beta > 0 and order == VOTES_ADDED
    voting = Voting(votes, vote, hard)
    networks, files = open_networks(
        found,
        references,
        labels,
        counts_countries,
        voting.least_references,
        Given(tags, query_tags, graphs),
        order != EXPANSION or voting.of_index,
        device,
        advance,
    )
    weights = np.asarray(found.weights, np.float64)

    def ballots_of(part: slice) -> list[Ballots]:
        rows = found.query_rows[part]
        return [
            voting.cast(Queries(queries.read(rows), rows), network, device)
            for queries, network in zip(found.query_side.members, networks, strict=True)
        ]

    def rank(part: slice) -> tuple[Floats, Rows]:
        ballots = ballots_of(part)
        queries = found.weigh(found.query_vectors(part))
        if order == VOTES_ADDED:
            counted = weights if merge == BEFORE else np.ones(len(networks))
            bonus = vote_bonus(_votes(networks, ballots, counted, alpha, beta))
            return topk_of_others(queries, found.index_side, k, own[part], device, bonus)
        return rank_first(queries, found.index_side, members_of(ballots), k, own[part], device)

    of_index = cache(partial(merged_landmarks, networks, weights))

    def members_of(ballots: Sequence[Ballots]) -> Members:
        if order == LANDMARK_FIRST:
            return with_landmark(of_index(), ballots, weights)
        return like_landmarks(networks, ballots, weights, threshold)

    def reasons(query: int, rows: Rows) -> Reasons:
        part = slice(query, query + 1)
        ballots = ballots_of(part)
        of_votes = landmark_reasons(found, part, networks, ballots, rows, labels, references)
        if order == VOTES_ADDED:
            return of_votes
        columns = [coming_first(rows, members_of(ballots)(0))]
        if order == EXPANSION:
            columns += alike_columns(networks, ballots, rows, references)
        return Reasons(of_votes.about, of_votes.columns.with_columns(columns))

    at_once = queries_at_once(min(k, found.index_side.n))
    return Reranking(found, rank, [labels, *files], references, reasons, at_once)


def _votes(
    networks: Sequence[Network],
    ballots: Sequence[Ballots],
    weights: Doubles,
    alpha: float,
    beta: float,
) -> list[Votes]:
    """Return the votes of all networks, weighted."""
    return [
        Votes(index, shares, float(weight) * factor)
        for network, cast, weight in zip(networks, ballots, weights, strict=True)
        for index, shares, factor in (
            (network.landmarks, cast.landmarks, alpha),
            (network.countries, cast.countries, beta),
        )
    ]
