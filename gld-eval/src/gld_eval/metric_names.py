"""Names of metrics. A name such as ``map@100`` is the whole definition of the metric."""

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from gld_eval.protocols.protocol import Protocol
from gld_eval.protocols.registry import GLDV2_RETRIEVAL


class Metric(NamedTuple):
    """A measure, by the pattern of its names, and its cut-off rank: ``map@K`` at ``100``."""

    measure: str
    k: int = 0

    def __str__(self) -> str:
        """Return the name that parses to this metric."""
        return re.sub(r"\bK$|(?<=_)K$", str(self.k), self.measure)


def parse_metrics(names: Iterable[str], protocol: Protocol[Any] = GLDV2_RETRIEVAL) -> list[Metric]:
    """Parse names of metrics, each kept once. Raises ValueError that lists all bad names."""
    metrics: dict[Metric, None] = {}
    bad = []
    for name in names:
        metric = _parse(name, protocol)
        if metric:
            metrics[metric] = None
        else:
            bad.append(repr(name))
    if bad:
        known = ", ".join(protocol.measures)
        of = "" if protocol is GLDV2_RETRIEVAL else f" of {protocol.name}"
        raise ValueError(
            f"unknown metric{of} {', '.join(bad)}; expected {known}, K from 1 to 999999999"
        )
    return list(metrics)


def definition_of(names: Iterable[str], protocol: Protocol[Any]) -> str:
    """Return the definition of some metrics, each with the pattern of its names if they differ.

    A measure that the protocol does not define in words is left out.
    """
    headline = _parse(protocol.defaults[0], protocol)
    said = dict(protocol.definitions)
    if headline:
        said[headline.measure] = protocol.definition
    asked = dict.fromkeys(metric.measure for metric in parse_metrics(names, protocol))
    definitions = {measure: said[measure] for measure in asked if measure in said}
    if len(asked) == 1:
        return "".join(definitions.values())
    return "; ".join(f"{measure}: {definition}" for measure, definition in definitions.items())


def _parse(name: str, protocol: Protocol[Any]) -> Metric | None:
    if name in protocol.measures and not name.endswith(("@K", "_K")):
        return Metric(name)
    found = re.fullmatch(r"(.+[@_])([1-9][0-9]{0,8})", name)
    if found and f"{found[1]}K" in protocol.measures:
        return Metric(f"{found[1]}K", int(found[2]))
    return None
