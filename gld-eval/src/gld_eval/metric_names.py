"""Names of metrics. A name such as ``map@100`` is the whole definition of the metric."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from gld_shared.metrics import MEASURES

DEFAULT_METRICS = ("map@100", "precision@10", "recall@10")


class Metric(NamedTuple):
    """A measure and its cut-off rank: ``map`` at ``100``. ``str`` returns its name."""

    measure: str
    k: int

    def __str__(self) -> str:
        """Return the name that parses to this metric."""
        return f"{self.measure}@{self.k}"


def parse_metrics(names: Iterable[str]) -> list[Metric]:
    """Parse names of metrics, each kept once. Raises ValueError that lists all bad names."""
    metrics: dict[Metric, None] = {}
    bad = []
    for name in names:
        found = re.fullmatch(r"([a-z]+)@([1-9][0-9]{0,8})", name)
        if found and found[1] in MEASURES:
            metrics[Metric(found[1], int(found[2]))] = None
        else:
            bad.append(repr(name))
    if bad:
        known = ", ".join(f"{measure}@K" for measure in MEASURES)
        raise ValueError(
            f"unknown metric {', '.join(bad)}; expected {known}, K from 1 to 999999999"
        )
    return list(metrics)
