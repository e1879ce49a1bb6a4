"""Means of groups of queries: by continent, by country, by number of positives."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gld_eval.protocols.judged import Integers, Values
from gld_eval.statistics.means import means

_MOST_GROUPS = 40
_POSITIVES = ((1, 1), (2, 2), (3, 5), (6, 10), (11, 30), (31, 100))


@dataclass(frozen=True)
class Group:
    """Queries that have something in common: their number, their mean, and its interval."""

    name: str
    queries: int
    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Grouping:
    """Groups, the largest first or in the order of numbers; ``others`` are not shown."""

    title: str
    groups: Sequence[Group]
    others: int = 0


def by_name(title: str, names: Sequence[str], values: Values, seed: int) -> Grouping | None:
    """Group queries by a name; None if fewer than two groups have one.

    The largest groups are shown. Queries without a name, and those whose value is nan, are left
    out.
    """
    of_group: dict[str, list[float]] = {}
    for name, value in zip(names, values.tolist(), strict=True):
        if name and not np.isnan(value):
            of_group.setdefault(name, []).append(value)
    if len(of_group) < 2:
        return None
    largest = sorted(of_group, key=lambda name: (-len(of_group[name]), name))
    shown = [_group(name, of_group[name], seed) for name in largest[:_MOST_GROUPS]]
    return Grouping(title, shown, len(largest) - len(shown))


def by_positives(positives: Integers, values: Values, seed: int) -> Grouping | None:
    """Group queries by their number of positives; None if all are in one group."""
    spans = [*_POSITIVES, (_POSITIVES[-1][1] + 1, np.iinfo(np.int64).max)]
    groups = []
    for low, high in spans:
        chosen = values[(positives >= low) & (positives <= high) & ~np.isnan(values)]
        if len(chosen):
            groups.append(_group(_span(low, high), chosen.tolist(), seed))
    return Grouping("positives", groups) if len(groups) > 1 else None


def _span(low: int, high: int) -> str:
    if high > _POSITIVES[-1][1]:
        return f"more than {low - 1}"
    return str(low) if low == high else f"{low} to {high}"


def _group(name: str, values: list[float], seed: int) -> Group:
    mean = means({name: np.array(values)}, seed)[name]
    ends = (None, None) if np.isnan(mean.low) else (mean.low, mean.high)
    return Group(name, len(values), mean.value, *ends)
