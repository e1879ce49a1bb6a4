"""The bonus of index rows that share a tag with a query."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from gld_shared.neighbours import NONE
from gld_shared.search.blocks import Doubles, Floats, Rows
from gld_shared.search.bonus import Added, Bonus
from gld_shared.search.keys import Keys

from gld_rerank.landmark.adding import add_to_bfloat16, add_to_products
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

    Only rows that share a tag are visited. Memory: what the votes hold, and 8 bytes more for each
    index row.
    """
    counted = [vote for vote in votes if vote.weight and len(vote.index.distinct)]
    largest = sum(abs(vote.weight) for vote in counted)
    if not counted:
        nothing = Added(0, 0)
        return Bonus(lambda *_: nothing, lambda *_: nothing, lambda rows, _: np.zeros(len(rows)))
    of = _grouped(counted)

    def add_to(products: Floats, queries: Rows, start: int) -> Added:
        add_to_products(of.groups[queries], of.shares[queries], of.ends, of.rows, start, products)
        return Added(len(counted), largest)

    def add_to_bits(bits: Keys, queries: Rows, start: int) -> Added:
        groups, sums = of.groups[queries], np.zeros(bits.shape[1], np.float32)
        columns = np.empty(groups.shape[1] * len(sums), np.int64)
        product = add_to_bfloat16(
            groups, of.shares[queries], of.ends, of.rows, start, sums, columns, bits
        )
        return Added(len(counted), largest, product)

    def of_pairs(queries: Rows, rows: Rows) -> Doubles:
        added = np.zeros(len(queries))
        for vote in counted:
            tags = vote.queries.tags[queries]
            equal = (tags == vote.index.of_rows[rows][:, None]) & (tags != NONE)
            added += vote.weight * (equal * vote.queries.shares[queries]).sum(axis=1)
        return added

    return Bonus(add_to, add_to_bits, of_pairs)


@dataclass(frozen=True)
class _Grouped:
    """The groups and the weighted shares (q, v) of all votes, and each group's index rows.

    The rows of group g are ``rows[ends[g] : ends[g + 1]]``, ascending; group -1 has none.
    """

    groups: Rows
    shares: Floats
    ends: Rows
    rows: Rows


def _grouped(votes: Sequence[Votes]) -> _Grouped:
    """Number the groups of all votes, at least one, one after the other."""
    groups, shares, ends = [], [], []
    before = rows_before = 0
    for vote in votes:
        own = vote.index.groups_of(vote.queries.tags)
        groups.append(np.where(own == NONE, NONE, own + before))
        shares.append((vote.weight * vote.queries.shares).astype(np.float32))
        ends.append(vote.index.ends + rows_before)
        before += len(vote.index.ends)
        rows_before += len(vote.index.rows)
    rows = [vote.index.rows for vote in votes]
    return _Grouped(
        np.concatenate(groups, axis=1),
        np.concatenate(shares, axis=1),
        np.concatenate(ends),
        np.concatenate(rows),
    )
