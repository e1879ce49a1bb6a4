"""Index images of a query's landmarks before all others, instead of votes that add to scores.

``landmark`` puts the images first that have the query's landmark; ``expansion`` those that resemble
a reference of one of its landmarks, as the 2nd place solution's unused variants do. Scores are
1 - rank / n, with ranks from 0.
"""

from collections.abc import Iterator, Sequence

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
Flags = npt.NDArray[np.bool_]
Members = tuple[Rows, Rows]  # queries and index rows of pairs, (p,) each, ascending


def with_landmark(
    networks: Sequence[Network], ballots: Sequence[Ballots], weights: Doubles
) -> Members:
    """Return the index rows that have each query's landmark: queries and rows, (p,) each.

    The landmark of a query, and that of an image, is what most networks say; see ``merge_tags``.
    """
    best = [of_network.landmarks.hardened() for of_network in ballots]
    tags, scores = (
        np.stack([of.tags[:, 0] for of in best]),
        np.stack([of.scores[:, 0] for of in best]),
    )
    wanted = merge_tags(tags, scores, weights)
    of_index = np.stack([network.landmarks.of_rows for network in networks])
    same = np.ones(of_index.shape)
    merged = of_index[0] if len(networks) == 1 else merge_tags(of_index, same, weights)
    groups = IndexTags(merged)
    rows = [groups.rows_of(tag) for tag in wanted.tolist()]
    return np.repeat(np.arange(len(rows)), [len(each) for each in rows]), np.concatenate(rows)


def like_landmarks(
    networks: Sequence[Network], ballots: Sequence[Ballots], weights: Doubles, threshold: float
) -> Members:
    """Return the index rows whose similarity to a reference of a query's landmarks is larger.

    Of several networks, those that say so have more than half of the weight. Memory: 70 MB, and
    the pairs.
    """
    n = networks[0].index.n
    said: list[Rows] = []
    for network, of_queries in zip(networks, ballots, strict=True):
        labels, rows = _resembling(network, of_queries.landmarks.tags, threshold)
        groups = IndexTags(labels)
        pairs = [
            query * n + rows[groups.rows_of(tag)]
            for query, tags in enumerate(of_queries.landmarks.tags.tolist())
            for tag in tags
        ]
        said.append(np.unique(np.concatenate([np.empty(0, np.int64), *pairs])))
    distinct, places = np.unique(np.concatenate(said), return_inverse=True)
    weight = np.bincount(places, np.repeat(weights, [len(each) for each in said]), len(distinct))
    queries, rows = np.divmod(distinct[weight > weights.sum() / 2], n)
    return queries, rows


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
    rows are -1 last where there are fewer.
    """
    scores, ordered = _members_first(queries, index, members, k + bool((own >= 0).any()), device)
    _, rows = without(own, scores, ordered, k)
    return scores[:, :k], rows


def _members_first(
    queries: Floats | Doubles, index: Index, members: Members, k: int, device: str
) -> tuple[Floats, Rows]:
    _, plain = topk(queries, index, k, device)
    k = plain.shape[1]
    of_query, rows = members
    pairs = Pairs(of_query, rows, np.zeros(len(rows), np.int32))
    scores = exact_scores(queries, index, pairs, None)
    best = best_pairs(pairs, scores, k)
    ends = np.searchsorted(of_query[best], np.arange(len(queries) + 1))
    starts = np.searchsorted(of_query, np.arange(len(queries) + 1))
    ordered = np.empty_like(plain)
    for query in range(len(queries)):
        first = rows[best[ends[query] : ends[query + 1]]]
        every = rows[starts[query] : starts[query + 1]]
        others = plain[query][~np.isin(plain[query], every)]
        ordered[query] = np.concatenate([first, others])[:k]
    ranks = np.arange(k, dtype=np.float64)
    return np.tile((1 - ranks / index.n).astype(np.float32), (len(queries), 1)), ordered
