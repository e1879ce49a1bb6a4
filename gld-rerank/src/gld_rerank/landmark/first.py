"""Index images of a query's landmarks before all others, instead of votes that add to scores.

``landmark`` puts the images first that have the query's landmark; ``expansion`` those that resemble
a reference of one of its landmarks, as the 2nd place solution's unused variants do. Scores are
1 - rank / n, with ranks from 0.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
from gld_shared.search.blocks import Doubles, Floats, Rows
from gld_shared.search.error_bounds import lengths_of, product_bound
from gld_shared.search.exact_scores import exact_scores, pair_products
from gld_shared.search.index import Index, blocks_of
from gld_shared.search.own_images import without
from gld_shared.search.pairs import Pairs, best_pairs
from gld_shared.search.topk import topk

from gld_rerank.landmark.network import Network
from gld_rerank.landmark.shares import merge_tags
from gld_rerank.landmark.tags import IndexTags
from gld_rerank.landmark.voting import Ballots

# References that are compared with a block of the index at once: 67 MB of products.
_REFERENCES = 1_024
# Members of some queries whose similarities are computed at once, or those of one: 90 bytes each.
_MEMBERS = 500_000
Flags = npt.NDArray[np.bool_]
# Returns the index rows that come first for a query, ascending.
Members = Callable[[int], Rows]


def merged_landmarks(networks: Sequence[Network], weights: Doubles) -> IndexTags:
    """Return the landmark of each index image that most networks say; see ``merge_tags``."""
    if len(networks) == 1:
        return networks[0].landmarks
    of_index = np.stack([network.landmarks.of_rows for network in networks])
    return IndexTags(merge_tags(of_index, np.ones(of_index.shape), weights))


def with_landmark(of_index: IndexTags, ballots: Sequence[Ballots], weights: Doubles) -> Members:
    """Return the index rows that have the landmark of a query, by its place.

    The landmark of a query is what most networks say; see ``merge_tags``.
    """
    best = [of_network.landmarks.hardened() for of_network in ballots]
    tags = np.stack([of.tags[:, 0] for of in best])
    scores = np.stack([of.scores[:, 0] for of in best])
    wanted = merge_tags(tags, scores, weights)
    return lambda query: of_index.rows_of(int(wanted[query]))


def like_landmarks(
    networks: Sequence[Network], ballots: Sequence[Ballots], weights: Doubles, threshold: float
) -> Members:
    """Return the index rows whose similarity to a reference of a query's landmarks is larger.

    Of several networks, those that say so have more than half of the weight. Memory: 70 MB, and
    48 bytes for each pair of a landmark and a row that resembles it.
    """
    said_by = [
        _resembling_rows(network, of_queries.landmarks.tags, threshold)
        for network, of_queries in zip(networks, ballots, strict=True)
    ]

    def members(query: int) -> Rows:
        said = [rows_of(query) for rows_of in said_by]
        distinct, places = np.unique(np.concatenate(said), return_inverse=True)
        given = np.repeat(weights, [len(each) for each in said])
        weight = np.bincount(places, given, len(distinct))
        rows: Rows = distinct[weight > weights.sum() / 2]
        return rows

    return members


def _resembling_rows(network: Network, tags: Rows, threshold: float) -> Members:
    """Return the rows that resemble a reference of one of a query's ``tags`` (q, t)."""
    labels, rows = _resembling(network, tags, threshold)
    groups = IndexTags(labels)

    def rows_of(query: int) -> Rows:
        of_tags = [rows[groups.rows_of(tag)] for tag in tags[query].tolist()]
        return np.unique(np.concatenate(of_tags))

    return rows_of


def _resembling(network: Network, tags: Rows, threshold: float) -> tuple[Rows, Rows]:
    """Return pairs of a landmark of ``tags`` and an index row that a reference of it resembles."""
    wanted = np.flatnonzero(np.isin(network.references.labels, tags))
    wanted = wanted[np.argsort(network.references.labels[wanted], kind="stable")]
    labels = network.references.labels[wanted]
    found = [np.empty((0, 2), np.int64)]
    for first in range(0, len(wanted), _REFERENCES):
        part = slice(first, first + _REFERENCES)
        references = network.references.vectors.read(wanted[part])
        own, starts = np.unique(labels[part], return_index=True)
        for start, above in _above(references, network.index, threshold):
            landmarks, columns = np.nonzero(np.logical_or.reduceat(above, starts, axis=0))
            found.append(np.stack([own[landmarks], start + columns], axis=1))
    pairs = np.unique(np.concatenate(found), axis=0)
    return pairs[:, 0], pairs[:, 1]


def _above(left: Floats, index: Index, threshold: float) -> Iterator[tuple[int, Flags]]:
    """Yield the first row of each block, and whether its products with ``left`` are larger.

    Products near the threshold are decided by float64 sums.
    """
    lengths = lengths_of(left)
    for start, block in blocks_of(index):
        products = left @ block.T
        bound = product_bound(lengths, float(lengths_of(block).max()), left.shape[1])
        above = products > threshold
        places, columns = np.nonzero(np.abs(products - threshold) <= bound[:, None])
        above[places, columns] = pair_products(left, places, block, columns) > threshold
        yield start, above


def rank_first(
    queries: Floats | Doubles, index: Index, members: Members, k: int, own: Rows, device: str
) -> tuple[Floats, Rows]:
    """Rank each query's members before all other rows, by similarity within both.

    A query's ``own`` row (q,), -1 = none, is left out. Returns scores and rows (q, m), best first;
    rows are -1 last where there are fewer. Memory: 45 MB, or 90 bytes for each member of a query.
    """
    scores, ordered = _members_first(queries, index, members, k + bool((own >= 0).any()), device)
    _, rows = without(own, scores, ordered, k)
    return scores[:, :k], rows


def _members_first(
    queries: Floats | Doubles, index: Index, members: Members, k: int, device: str
) -> tuple[Floats, Rows]:
    _, plain = topk(queries, index, k, device)
    ordered = np.empty_like(plain)
    for start, rows in _portions(members, len(queries)):
        part = slice(start, start + len(rows))
        ordered[part] = _first_of(queries[part], index, rows, plain[part])
    ranks = np.arange(plain.shape[1], dtype=np.float64)
    return np.tile((1 - ranks / index.n).astype(np.float32), (len(queries), 1)), ordered


def _portions(members: Members, queries: int) -> Iterator[tuple[int, list[Rows]]]:
    """Yield the first of some consecutive queries, and the members of each."""
    start, portion, held = 0, list[Rows](), 0
    for query in range(queries):
        rows = members(query)
        if portion and held + len(rows) > _MEMBERS:
            yield start, portion
            start, portion, held = query, [], 0
        portion.append(rows)
        held += len(rows)
    if portion:
        yield start, portion


def _first_of(
    queries: Floats | Doubles, index: Index, members: Sequence[Rows], plain: Rows
) -> Rows:
    """Return the rows of ``plain`` (q, k) once the best of each query's members come first."""
    k = plain.shape[1]
    of_query = np.repeat(np.arange(len(members)), [len(rows) for rows in members])
    pairs = Pairs(of_query, np.concatenate(members), np.zeros(len(of_query), np.int32))
    best = pairs.chosen(best_pairs(pairs, exact_scores(queries, index, pairs, None), k))
    ends = np.searchsorted(best.queries, np.arange(len(members) + 1))
    ordered = np.empty_like(plain)
    for query, every in enumerate(members):
        first = best.rows[ends[query] : ends[query + 1]]
        others = plain[query][~np.isin(plain[query], every)]
        ordered[query] = np.concatenate([first, others])[:k]
    return ordered
