"""Means of several values of the same queries, with intervals."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gld_eval.statistics.intervals import intervals_of_means
from gld_eval.statistics.resampling import Values


class Mean(NamedTuple):
    """A mean over queries, and the ends of its 95% interval."""

    value: float
    low: float
    high: float


def means(columns: Mapping[str, Values], seed: int) -> dict[str, Mean]:
    """Take the mean of each column (queries,), without the queries where it is nan.

    A column of nan only has no mean. The ends are nan for fewer than two queries.
    """
    return {
        name: Mean(float(columns[name][defined].mean()), *ends)
        for names, defined in _alike(columns)
        for name, ends in zip(
            names,
            intervals_of_means(np.stack([columns[name][defined] for name in names], axis=1), seed),
            strict=True,
        )
    }


def _alike(columns: Mapping[str, Values]) -> list[tuple[list[str], NDArray[np.bool_]]]:
    """Group columns by the queries that they are defined for: these are drawn once."""
    groups: dict[bytes, tuple[list[str], NDArray[np.bool_]]] = {}
    for name, values in columns.items():
        defined = ~np.isnan(values)
        if defined.any():
            groups.setdefault(defined.tobytes(), ([], defined))[0].append(name)
    return list(groups.values())
