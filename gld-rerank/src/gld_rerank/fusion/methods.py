"""Methods of rank fusion: each gives candidates (c,) a score from their ranks or scores (c, t).

``weights`` (t,) are those of the tables. A table that lacks a candidate adds nothing, except where
a method says otherwise.
"""

from collections.abc import Callable

import numpy as np
from gld_shared.search.blocks import Doubles

from gld_rerank.fusion.candidates import Candidates

Method = Callable[[Candidates, Doubles], Doubles]
_RECIPROCAL_CONSTANT = 60
_LEAST_TABLES = 0.01


def weighted_sum(candidates: Candidates, weights: Doubles) -> Doubles:
    """Sum the scores."""
    return _total(candidates.scores * weights)


def reciprocal_rank(candidates: Candidates, weights: Doubles) -> Doubles:
    """Sum 1 / (60 + rank): Cormack et al., Reciprocal Rank Fusion (SIGIR 2009)."""
    return _total(weights * candidates.present / (_RECIPROCAL_CONSTANT + candidates.ranks))


def inverse_square_rank(candidates: Candidates, weights: Doubles) -> Doubles:
    """Multiply the number of tables by the sum of 1 / rank^2: Mourão et al. (CMIG 2015)."""
    return candidates.tables * _inverse_squares(candidates, weights)


def log_inverse_square_rank(candidates: Candidates, weights: Doubles) -> Doubles:
    """Multiply the logarithm of the number of tables by that sum; one table alone gives 0."""
    logarithms: Doubles = np.log(candidates.tables)
    return logarithms * _inverse_squares(candidates, weights)


def log_n_inverse_square_rank(candidates: Candidates, weights: Doubles) -> Doubles:
    """Multiply the logarithm of the number of tables + 0.01 by that sum."""
    logarithms: Doubles = np.log(candidates.tables + _LEAST_TABLES)
    return logarithms * _inverse_squares(candidates, weights)


def borda(candidates: Candidates, weights: Doubles) -> Doubles:
    """Sum the number of candidates from this one down: Aslam and Montague (SIGIR 2001).

    A table shares the points that it did not give evenly among the candidates that it lacks.
    """
    union = candidates.unions[:, None]
    points = np.where(
        candidates.present, union - candidates.ranks + 1, (union - candidates.counts + 1) / 2
    )
    return _total(points * weights)


def minimum_rank(candidates: Candidates, _: Doubles) -> Doubles:
    """Take 1 / the best rank in any table."""
    ranks = np.where(candidates.present, candidates.ranks, np.iinfo(np.int64).max)
    best: Doubles = 1 / ranks.min(axis=1)
    return best


def _inverse_squares(candidates: Candidates, weights: Doubles) -> Doubles:
    return _total(weights * candidates.present / np.maximum(candidates.ranks, 1) ** 2)


def _total(values: Doubles) -> Doubles:
    total: Doubles = values.sum(axis=1)
    return total


METHODS: dict[str, Method] = {
    "sum": weighted_sum,
    "rrf": reciprocal_rank,
    "isr": inverse_square_rank,
    "log-isr": log_inverse_square_rank,
    "logn-isr": log_n_inverse_square_rank,
    "borda": borda,
    "min-rank": minimum_rank,
}
