"""The bonus of index rows that share a tag with a query."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from gld_shared.neighbours import NONE
from gld_shared.search.blocks import Doubles, Floats, Rows
from gld_shared.search.bonus import Bonus

from gld_rerank.compiled import compiled
from gld_rerank.landmark.shares import Shares
from gld_rerank.landmark.tags import IndexTags


@dataclass(frozen=True)
class Votes:
    """One network's votes on landmarks, or on countries, and their weight."""

    index: IndexTags
    queries: Shares
    weight: float


def vote_bonus(votes: Sequence[Votes]) -> Bonus:
    """Return the bonus for ``topk``: the weighted shares of tags that query and index row share.

    Only rows that share a tag are visited. Memory: what the votes hold.
    """
    counted = [vote for vote in votes if vote.weight and len(vote.index.distinct)]
    groups = [vote.index.groups_of(vote.queries.tags) for vote in counted]

    def add_to(products: Floats, queries: Rows, start: int) -> tuple[int, float]:
        for vote, of_queries in zip(counted, groups, strict=True):
            added = (vote.weight * vote.queries.shares[queries]).astype(np.float32)
            _add(products, of_queries[queries], added, vote.index.ends, vote.index.rows, start)
        return len(counted), sum(abs(vote.weight) for vote in counted)

    def of_pairs(queries: Rows, rows: Rows) -> Doubles:
        added = np.zeros(len(queries))
        for vote in counted:
            tags = vote.queries.tags[queries]
            equal = (tags == vote.index.of_rows[rows][:, None]) & (tags != NONE)
            added += vote.weight * (equal * vote.queries.shares[queries]).sum(axis=1)
        return added

    return Bonus(add_to, of_pairs)


@compiled
def _add(
    products: Floats, groups: Rows, added: Floats, ends: Rows, grouped: Rows, start: int
) -> None:
    """Add ``added`` (m, v) to the products (m, b) of rows in groups (m, v), -1 = no group.

    The rows of group g are ``grouped[ends[g] : ends[g + 1]]``, ascending; products are of the rows
    from ``start`` on.
    """
    for query in range(groups.shape[0]):
        for vote in range(groups.shape[1]):
            group = groups[query, vote]
            if group < 0:
                continue
            low, high = ends[group], ends[group + 1]
            stop = high
            while low < high:
                middle = (low + high) // 2
                if grouped[middle] < start:
                    low = middle + 1
                else:
                    high = middle
            for place in range(low, stop):
                column = grouped[place] - start
                if column >= products.shape[1]:
                    break
                products[query, column] += added[query, vote]
