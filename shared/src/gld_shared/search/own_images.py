"""Searches that leave the query itself out of its result."""

import numpy as np

from gld_shared.search.blocks import Doubles, Floats, Rows
from gld_shared.search.bonus import Bonus
from gld_shared.search.index import Index
from gld_shared.search.topk import topk


def topk_of_others(
    queries: Floats | Doubles,
    index: Index,
    k: int,
    own: Rows,
    device: str = "cpu",
    bonus: Bonus | None = None,
) -> tuple[Floats, Rows]:
    """Return the ``topk`` of each query (q, d) without its ``own`` row (q,), -1 = none.

    Returns scores and rows (q, m); rows are -1 last where there are fewer.
    """
    scores, rows = topk(queries, index, k + bool((own >= 0).any()), device, bonus)
    return without(own, scores, rows, k)


def without(own: Rows, scores: Floats, rows: Rows, k: int) -> tuple[Floats, Rows]:
    """Return the first k neighbours other than each query's own row; -1 where there are fewer."""
    left_out = rows == own[:, None]
    order = np.argsort(left_out, axis=1, kind="stable")[:, :k]
    rows = np.where(left_out, -1, rows)
    return np.take_along_axis(scores, order, axis=1), np.take_along_axis(rows, order, axis=1)
