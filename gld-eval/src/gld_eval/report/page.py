"""The contents of a report, as its template shows them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from gld_eval.report.charts import Chart
from gld_eval.report.gallery import Gallery
from gld_eval.report.groups import Grouping
from gld_eval.report.provenance import DrawnStep


class Interval(Protocol):
    """A value, and the ends of its 95% interval if it has one."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Change:
    """The difference from a baseline, its interval, and the p-value of the permutation test."""

    value: float
    low: float | None
    high: float | None
    p: float | None


@dataclass(frozen=True)
class Score:
    """The mean of a metric over the queries of a usage."""

    metric: str
    usage: str
    value: float
    low: float | None
    high: float | None
    change: Change | None = None


@dataclass(frozen=True)
class Page:
    """The contents of a report; without truth, all but gallery, notes and provenance are empty.

    ``value`` is the name of the queries' value, such as map@100. ``orders`` are the orders of the
    queries, with their texts; the first is the initial one.
    """

    title: str
    facts: Sequence[str]
    gallery: Gallery
    orders: Sequence[tuple[str, str]]
    chain: Sequence[DrawnStep]
    notes: Sequence[str] = ()
    value: str = ""
    definition: str = ""
    scores: Sequence[Score] = ()
    rank_chart: Chart | None = None
    rank_rows: Sequence[tuple[int, float, float]] = ()
    histogram: Chart | None = None
    groupings: Sequence[Grouping] = field(default_factory=list)

    @property
    def has_baseline(self) -> bool:
        """Whether the scores are compared with a baseline's."""
        return any(score.change for score in self.scores)
