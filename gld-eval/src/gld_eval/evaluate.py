"""Scoring neighbours against the truth.

A query whose usage is ignored, or that has no positives, is left out. A query of the truth that has
no neighbours counts 0. Images of grade junk, and the query's own image, are not positives and are
removed from the ranking, so the images below them move up. Some protocols say otherwise.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import NoReturn

import numpy as np
import polars as pl
from gld_shared.errors import DataError
from gld_shared.files import display_name
from gld_shared.tables import Table

from gld_eval.evaluation import VERDICTS, Evaluation, Verdicts
from gld_eval.judged_arrays import judged_of, results_of
from gld_eval.judgements import Judgements, bare_pairs, judge, refuse_bare
from gld_eval.matching import Matches, Ranking, Repeat, match
from gld_eval.metric_names import Metric, parse_metrics
from gld_eval.protocols.judged import Judged, Values
from gld_eval.protocols.protocol import RankingProtocol, Scope, Setup
from gld_eval.protocols.registry import GLDV2_RETRIEVAL

log = logging.getLogger(__name__)


def evaluate(
    neighbours: Ranking,
    truth: Table,
    metrics: Sequence[Metric] = (),
    protocol: RankingProtocol = GLDV2_RETRIEVAL,
) -> Evaluation:
    """Score each query of the truth; no metrics: the protocol's own.

    Memory: the truth, one block of neighbours, and the pairs found in both. Raises DataError when
    the truth contradicts itself, or lacks a query of the neighbours, and when no query has a value.
    """
    judgements = judge(truth)
    return score(match(neighbours, judgements), judgements, metrics, protocol)


def score(
    matches: Matches, judgements: Judgements, metrics: Sequence[Metric], protocol: RankingProtocol
) -> Evaluation:
    """Score each query from the results that the truth judges. Errors as ``evaluate``."""
    check_defined(matches, judgements, protocol)
    queries = _scored_queries(judgements, protocol)
    _report_missing(matches, queries, protocol)
    results = results_of(matches, queries)
    judged = judged_of(results, matches, judgements, queries)
    chosen = list(metrics) or parse_metrics(protocol.defaults, protocol)
    values = {str(metric): protocol.measures[metric.measure](judged, metric.k) for metric in chosen}
    _check_any_value(values, matches, judgements, protocol)
    of_setup: dict[Setup, list[str]] = {}
    for metric in chosen:
        of_setup.setdefault(protocol.setup(metric.measure), []).append(str(metric))
    verdicts = [
        Verdicts(
            *(names, setup, judged.positives(setup.relevant, protocol.own_image)),
            _judged_rows(results, judged, setup, protocol),
        )
        for setup, names in of_setup.items()
    ]
    queries = queries.with_columns(positives=pl.Series(verdicts[0].positives))
    return Evaluation(protocol, queries.drop("query", "row"), values, verdicts)


def lacks_grades(judgements: Judgements, protocol: RankingProtocol) -> bool:
    """Return whether the protocol needs a grade of each relevant image, and one has none."""
    return protocol.needs_grades and bare_pairs(judgements).height > 0


def undefined_repeat(matches: Matches, protocol: RankingProtocol) -> Repeat | None:
    """Return a repeated result, if there is one and the protocol does not define it."""
    return None if protocol.repeats else matches.repeat


def check_defined(matches: Matches, judgements: Judgements, protocol: RankingProtocol) -> None:
    """Raise DataError for a repeated result or a bare grade that the protocol does not define."""
    if lacks_grades(judgements, protocol):
        refuse_bare(judgements, protocol.name)
    repeat = undefined_repeat(matches, protocol)
    if repeat is not None:
        _refuse_repeat(repeat, matches.path, protocol)


def refuse_unscored(
    names: Iterable[str], matches: Matches, judgements: Judgements, protocol: RankingProtocol
) -> NoReturn:
    """Raise DataError: the protocol leaves out every query, so that no metric has a mean."""
    without = "positives" if protocol.own_image else "positives other than their own image"
    missing = "" if protocol.scores_missing else ", and those without neighbours"
    raise DataError(
        f"{display_name(matches.path)}: nothing to score with {display_name(judgements.path)}: no "
        f"query has a value of {', '.join(names)}; {protocol.name} leaves out queries without "
        f"{without}{missing}"
    )


def _scored_queries(judgements: Judgements, protocol: RankingProtocol) -> pl.DataFrame:
    """Return the queries that the protocol scores: query_id, usage, query, positives and row."""
    pairs = judgements.positives(protocol.relevant, protocol.own_image)
    positives = np.bincount(pairs["query"].to_numpy(), minlength=judgements.queries.height)
    queries = judgements.queries.with_columns(positives=pl.Series(positives, dtype=pl.Int64))
    if protocol.scope is Scope.ALL:
        queries = queries.with_columns(pl.col("usage").replace("ignored", "all"))
    elif protocol.scope is Scope.JUDGED:
        queries = queries.filter(pl.col("usage") != "ignored")
    else:
        queries = queries.filter(pl.col("positives") > 0)
    return queries.with_columns(pl.int_range(pl.len()).alias("row"))


def _judged_rows(
    results: pl.DataFrame, judged: Judged, setup: Setup, protocol: RankingProtocol
) -> pl.DataFrame:
    """Return row, rank, position and verdict of the judged results."""
    found = judged.results
    right = found.chosen(setup.relevant, protocol.own_image) & ~found.repeated
    rank = found.tie_rank if protocol.orders_ties else found.rank
    gone = np.zeros(len(rank), bool)
    if not protocol.own_image:
        rank, gone = found.positions(setup.removed)
    codes = np.select([found.own & gone, gone, right], [3, 2, 0], 1)
    return results.select(
        "row",
        "rank",
        pl.when(pl.Series(gone)).then(None).otherwise(pl.Series(rank)).alias("position"),
        pl.Series("verdict", VERDICTS.categories, VERDICTS).gather(codes),
    )


def _check_any_value(
    values: Mapping[str, Values],
    matches: Matches,
    judgements: Judgements,
    protocol: RankingProtocol,
) -> None:
    """Warn of metrics that no query has a value of; raise DataError if these are all."""
    empty = [name for name, found in values.items() if np.isnan(found).all()]
    if len(empty) == len(values):
        refuse_unscored(empty, matches, judgements, protocol)
    if empty:
        log.warning(
            "no query of %s has a value of %s, so the scores have no rows of it",
            *(display_name(judgements.path), ", ".join(empty)),
        )


def _report_missing(matches: Matches, queries: pl.DataFrame, protocol: RankingProtocol) -> None:
    missing = queries.filter(~pl.col("query_id").is_in(matches.lengths["query_id"].implode()))
    if missing.height:
        log.warning(
            "%d of %d queries have no neighbours in %s, for example %r; %s",
            *(missing.height, queries.height, display_name(matches.path), missing["query_id"][0]),
            "each counts 0" if protocol.scores_missing else f"{protocol.name} leaves them out",
        )


def _refuse_repeat(repeat: Repeat, path: str, protocol: RankingProtocol) -> NoReturn:
    raise DataError(
        f"{display_name(path)}: query {repeat.query_id!r} repeats {repeat.index_id!r} at rank "
        f"{repeat.rank}, which {protocol.name} does not define; remove repeated results, or score "
        "with gldv2-retrieval"
    )
