"""Normalisations of a query's scores in one table, which make tables' scores comparable."""

from collections.abc import Callable

import numpy as np
from gld_shared.search.blocks import Doubles, Rows

# What a range, a sum or a deviation is at least, so that equal scores become 0.
_LEAST = 1e-9
Normalisation = Callable[[Doubles, Rows], Doubles]


def normalise(scores: Doubles, counts: Rows, by: str) -> Doubles:
    """Normalise scores (n,), query after query; ``counts`` (q,) of them belong to each query."""
    filled = counts[counts > 0]
    return NORMALISATIONS[by](scores, filled) if len(filled) else scores


def _each(reduction: np.ufunc, scores: Doubles, counts: Rows) -> Doubles:
    """Reduce the scores of each query, and repeat the result for each of its scores."""
    reduced = reduction.reduceat(scores, np.cumsum(counts) - counts)
    return np.repeat(reduced, counts)


def _none(scores: Doubles, _: Rows) -> Doubles:
    return scores


def _max(scores: Doubles, counts: Rows) -> Doubles:
    return scores / np.maximum(_each(np.maximum, scores, counts), _LEAST)


def _min_max(scores: Doubles, counts: Rows) -> Doubles:
    low, high = (_each(end, scores, counts) for end in (np.minimum, np.maximum))
    return (scores - low) / np.maximum(high - low, _LEAST)


def _sum(scores: Doubles, counts: Rows) -> Doubles:
    above = scores - _each(np.minimum, scores, counts)
    return above / np.maximum(_each(np.add, above, counts), _LEAST)


def _zmuv(scores: Doubles, counts: Rows) -> Doubles:
    each = np.repeat(counts, counts)
    centred = scores - _each(np.add, scores, counts) / each
    deviation = np.sqrt(_each(np.add, centred**2, counts) / each)
    return centred / np.maximum(deviation, _LEAST)


NORMALISATIONS: dict[str, Normalisation] = {
    "min-max": _min_max,
    "max": _max,
    "sum": _sum,
    "zmuv": _zmuv,
    "none": _none,
}
