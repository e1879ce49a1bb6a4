"""Average precision with every rule of its definitions as a parameter."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np

from gld_eval.protocols.judged import ALL_RELEVANT, Grade, Integers, Judged, Values


class Divisor(Enum):
    """The number that the sum of precision is divided by."""

    POSITIVES_UP_TO_CUT = "min(positives, K)"
    POSITIVES = "all positives"
    FOUND = "the hits found"


class Ties(Enum):
    """The place of a hit among results of equal scores."""

    AS_RANKED = "as ranked"
    BY_ID = "ordered by index id, descending"
    LAST = "taken as one, each hit at their end"


@dataclass(frozen=True)
class Rules:
    """The rules of a definition of average precision; by default those of gldv2-retrieval.

    ``cut``: the last rank that counts, none for all. ``removes``: junk and own images leave the
    ranking; then ``ties`` are as ranked. ``trapezoid``: the precision at a hit is the mean of the
    precisions just before and at it.
    """

    cut: int | None = 100
    trapezoid: bool = False
    ties: Ties = Ties.AS_RANKED
    scores_above_0: bool = False
    removes: bool = True
    divisor: Divisor = Divisor.POSITIVES_UP_TO_CUT
    counts_empty: bool = False
    counts_missing: bool = True


# The rules of each protocol's headline.
HEADLINES = {
    "gldv2-retrieval": Rules(),
    "recipe": Rules(divisor=Divisor.POSITIVES),
    "revisitop": Rules(cut=None, trapezoid=True, divisor=Divisor.POSITIVES),
    "ilias": Rules(cut=1000, removes=False, ties=Ties.LAST, counts_missing=False),
    "trec": Rules(removes=False, ties=Ties.BY_ID, divisor=Divisor.POSITIVES, counts_empty=True),
    "torchmetrics": Rules(
        removes=False,
        scores_above_0=True,
        divisor=Divisor.FOUND,
        counts_empty=True,
        counts_missing=False,
    ),
}
_ORDER = ("cut", "trapezoid", "ties", "scores_above_0", "removes", "divisor")
_QUERIES = ("counts_empty", "counts_missing")


def steps(start: Rules, end: Rules) -> Iterator[tuple[str, Rules]]:
    """Change one rule after the other: the name of each that differs, and the rules from then on.

    Rules first return to the defaults and then leave them, so that images are removed only while
    equal scores are as ranked.
    """
    default, rules = Rules(), start
    back = [name for name in _ORDER if getattr(end, name) == getattr(default, name)]
    away = [name for name in reversed(_ORDER) if name not in back]
    for name in (*back, *away, *_QUERIES):
        if getattr(rules, name) != getattr(end, name):
            rules = replace(rules, **{name: getattr(end, name)})
            yield name, rules


def average_precision(judged: Judged, rules: Rules) -> Values:
    """Compute the average precision of each query: (queries,) float64, nan where it is left out."""
    results = judged.results
    rank, gone = (
        results.positions((Grade.JUNK,)) if rules.removes else (_ranks(judged, rules), None)
    )
    end = results.tie_end if rules.ties is Ties.LAST else rank
    cut = int(rules.cut or np.iinfo(np.int32).max)
    hit = results.chosen(ALL_RELEVANT, own_image=gone is None) & ~results.repeated & (rank <= cut)
    if rules.scores_above_0:
        hit &= results.positive
    query, rank, end = results.query[hit], rank[hit], np.minimum(end[hit], cut)
    order = np.lexsort((rank, query))
    precision = _precision(query[order], rank[order], end[order], rules)
    total = np.bincount(query[order], precision, len(judged.length))
    found = np.bincount(query, minlength=len(judged.length))
    positives = judged.positives(ALL_RELEVANT, own_image=gone is None)
    divisor = {
        Divisor.POSITIVES_UP_TO_CUT: np.minimum(positives, cut),
        Divisor.POSITIVES: positives,
        Divisor.FOUND: found,
    }[rules.divisor]
    left_out = ((positives == 0) & (not rules.counts_empty)) | (
        (judged.length == 0) & (not rules.counts_missing)
    )
    return np.where(left_out, np.nan, total / np.maximum(divisor, 1))


def _ranks(judged: Judged, rules: Rules) -> Integers:
    return judged.results.tie_rank if rules.ties is Ties.BY_ID else judged.results.rank


def _precision(query: Integers, rank: Integers, end: Integers, rules: Rules) -> Values:
    """Compute the precision that counts at each hit; hits are sorted by query and rank."""
    group = query * (int(end.max(initial=0)) + 1) + end
    number = np.searchsorted(group, group, side="right") - np.searchsorted(query, query)
    at = number / end
    before = np.where(rank == 1, 1, (number - 1) / np.maximum(rank - 1, 1))
    return np.asarray((before + at) / 2 if rules.trapezoid else at)


def said(name: str, before: Rules, after: Rules) -> str:
    """Say what a rule is, and what it was."""
    if name == "cut":
        if after.cut is None or before.cut is None:
            return f"hits at {_cut(after)} count, not at {_cut(before)}"
        return f"K is {after.cut}, not {before.cut}"
    if name == "divisor":
        return f"divided by {_divisor(after)}, not by {_divisor(before)}"
    if name == "ties":
        return f"equal scores {after.ties.value}, not {before.ties.value}"
    return _SWITCHES[name][bool(getattr(after, name))]


# What is said of a rule that is off, and of one that is on.
_SWITCHES = {
    "trapezoid": (
        "the precision at each hit, not its mean with the precision before it",
        "the mean of the precision before and at each hit: the area by trapezoids",
    ),
    "scores_above_0": ("hits count whatever their score", "hits count only with scores above 0"),
    "removes": ("junk and own images stay in the ranking", "junk and own images are removed"),
    "counts_empty": ("queries without positives are left out", "queries without positives count 0"),
    "counts_missing": (
        "queries without neighbours are left out",
        "queries without neighbours count 0",
    ),
}


def _cut(rules: Rules) -> str:
    return "all ranks" if rules.cut is None else f"ranks up to {rules.cut}"


def _divisor(rules: Rules) -> str:
    return rules.divisor.value.replace("K", str(rules.cut))
