"""The headlines of all definitions for one run, and the rules that make the differences."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import polars as pl

from gld_eval.evaluate import (
    check_defined,
    lacks_grades,
    refuse_unscored,
    undefined_repeat,
)
from gld_eval.explanation.rules import HEADLINES, Rules, average_precision, said, steps
from gld_eval.judged_arrays import judged_of, results_of
from gld_eval.judgements import Judgements
from gld_eval.matching import Matches
from gld_eval.protocols.judged import Judged, Values
from gld_eval.protocols.registry import PROTOCOLS


class Effect(NamedTuple):
    """A rule that differs: what it says, the change of the mean, and the queries that change."""

    rule: str
    change: float
    queries: int


@dataclass(frozen=True)
class Explanation:
    """The headline of one definition: its mean, and the effects that lead to it from another's.

    ``undefined`` says why there is no mean, or is empty.
    """

    protocol: str
    metric: str
    value: float
    effects: list[Effect]
    undefined: str = ""


def explain(matches: Matches, judgements: Judgements, protocol: str) -> list[Explanation]:
    """Compute the headlines of all definitions of average precision, the protocol's own first.

    ``protocol`` is a key of ``HEADLINES``. The changes of a definition add up to its difference
    from the protocol's; a rule that differs but changes nothing is left out. Raises DataError when
    the protocol itself has no value for the run.
    """
    check_defined(matches, judgements, PROTOCOLS[protocol])
    queries = judgements.queries.filter(pl.col("usage") != "ignored").with_row_index("row")
    judged = judged_of(results_of(matches, queries), matches, judgements, queries)
    names = [protocol, *(name for name in HEADLINES if name != protocol)]
    undefined = {name: _undefined(matches, judgements, name) for name in names}
    found = [_explained(judged, HEADLINES[protocol], name, undefined[name]) for name in names]
    if found[0].undefined:
        refuse_unscored([found[0].metric], matches, judgements, PROTOCOLS[protocol])
    return found


def _explained(judged: Judged, start: Rules, name: str, undefined: str) -> Explanation:
    metric = PROTOCOLS[name].defaults[0]
    if undefined:
        return Explanation(name, metric, np.nan, [], undefined)
    before, values = start, average_precision(judged, start)
    effects = []
    for rule, after in steps(start, HEADLINES[name]):
        changed = average_precision(judged, after)
        queries = int((~np.isclose(changed, values, rtol=0, atol=1e-12, equal_nan=True)).sum())
        if queries:
            effects.append(
                Effect(said(rule, before, after), _mean(changed) - _mean(values), queries)
            )
        before, values = after, changed
    if np.isnan(values).all():
        return Explanation(name, metric, np.nan, [], "leaves out every query")
    return Explanation(name, metric, _mean(values), effects)


def _undefined(matches: Matches, judgements: Judgements, name: str) -> str:
    protocol = PROTOCOLS[name]
    if lacks_grades(judgements, protocol):
        return "needs a truth that grades images as easy or hard"
    if undefined_repeat(matches, protocol) is not None:
        return "does not define repeated results"
    return ""


def _mean(values: Values) -> float:
    defined = values[~np.isnan(values)]
    return float(defined.mean()) if len(defined) else np.nan
