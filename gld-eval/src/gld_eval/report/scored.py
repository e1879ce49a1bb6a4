"""The report of a scored run: scores, curves, groups and the gallery of queries."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from gld_shared.counting import counted
from gld_shared.files import display_name
from gld_shared.text_encoding import shown

from gld_eval.evaluation import Evaluation
from gld_eval.metric_names import definition_of
from gld_eval.report.charts import Chart, histogram_chart, rank_chart
from gld_eval.report.choice_of_queries import MOST, choose_queries
from gld_eval.report.curves import curves_of, histogram
from gld_eval.report.gallery import Gallery
from gld_eval.report.groups import Grouping, by_name, by_positives
from gld_eval.report.kept_rows import KeptRows
from gld_eval.report.left_out import left_out, scored_queries
from gld_eval.report.listed_images import ListedImages
from gld_eval.report.page import Change, Page, Score
from gld_eval.report.provenance import DrawnStep
from gld_eval.report.shown_queries import count_images, judged_queries

_MOST_CHANGED = 100


class Baseline(NamedTuple):
    """Another run, scored on the same truth by the same protocol, and the path of its results."""

    path: str
    evaluation: Evaluation


class ScoredRun:
    """A run with its scores, and those of a baseline on the same truth if there is one.

    ``means`` has the columns of ``summarise``, and those of ``compare`` with a baseline.
    """

    def __init__(
        self,
        kept: KeptRows,
        evaluation: Evaluation,
        means: pl.DataFrame,
        seed: int,
        baseline: Baseline | None = None,
        most: int = MOST,
    ) -> None:
        """Choose the queries of the gallery, ``most`` at most."""
        self.kept, self._evaluation = kept, evaluation
        self._means, self._seed, self._baseline = means, seed, baseline
        self._gains = self._gains_by_query()
        changed = sorted(self._gains, key=lambda query: (-abs(self._gains[query]), query))
        choice = choose_queries(
            evaluation.queries["query_id"].to_list(),
            [query for query in changed if self._gains[query]][:_MOST_CHANGED],
            "whose value changed most",
            seed,
            most,
        )
        self.choice = choice.rule
        self.shown = judged_queries(kept, choice.queries, evaluation, self._gains)

    @property
    def images(self) -> int:
        """The number of images that the gallery shows."""
        return count_images(self.shown)

    @property
    def ids(self) -> set[str]:
        """The images that the report names: all queries, and what the gallery shows."""
        queries = self._evaluation.queries["query_id"]
        return {*queries}.union(*(query.images for query in self.shown))

    def page(self, listed: ListedImages, chain: Sequence[DrawnStep]) -> Page:
        """Return the contents of the report."""
        evaluation = self._evaluation
        return Page(
            title=f"Scores of {_name(self.kept.path)}",
            facts=self._facts(),
            gallery=Gallery(self.shown, listed, evaluation.headline),
            orders=self._orders(),
            chain=chain,
            notes=self._notes(listed),
            value=evaluation.headline,
            definition=_definition(evaluation),
            scores=[_score(row) for row in self._means.iter_rows(named=True)],
            rank_chart=self._rank_chart(),
            rank_rows=curves_of(evaluation).rows(),
            histogram=self._histogram(),
            groupings=self._groupings(listed),
        )

    def _notes(self, listed: ListedImages) -> list[str]:
        others = "All other parts of the report cover all queries."
        chosen = [f"The gallery shows {self.choice}. {others}"] if self.choice else []
        return [*chosen, *listed.unreadable_notes("image")]

    def _facts(self) -> list[str]:
        evaluation = self._evaluation
        facts = [
            f"protocol {evaluation.protocol.name}",
            counted(scored_queries(evaluation), "query", "queries"),
            counted(int(evaluation.queries["positives"].sum()), "positive"),
        ]
        others = left_out(self.kept.judgements, evaluation) if self.kept.judgements else ""
        facts += [others] if others else []
        if self._baseline is None:
            return facts
        return [*facts, f"baseline {_name(self._baseline.path)}"]

    def _orders(self) -> list[tuple[str, str]]:
        value = self._evaluation.headline
        orders = [("lowest", f"{value}, lowest first"), ("highest", f"{value}, highest first")]
        if self._gains:
            orders += [("lost", "lost most first"), ("gained", "gained most first")]
        return [
            *orders,
            ("positives", "most positives first"),
            ("alike", "most alike result first"),
            ("id", "id"),
            ("table", "as in the truth"),
        ]

    def _gains_by_query(self) -> dict[str, float]:
        if self._baseline is None:
            return {}
        gains = self._evaluation.headline_values - self._baseline.evaluation.headline_values
        pairs = zip(self._evaluation.queries["query_id"], gains.tolist(), strict=True)
        return {query: gain for query, gain in pairs if not np.isnan(gain)}

    def _rank_chart(self) -> Chart:
        own = curves_of(self._evaluation)
        curves = [("precision", "precision", own.precision), ("recall", "recall", own.recall)]
        if self._baseline is not None:
            other = curves_of(self._baseline.evaluation)
            curves += [("", "precision baseline", other.precision)]
            curves += [("", "recall baseline", other.recall)]
        return rank_chart(curves)

    def _histogram(self) -> Chart:
        baseline = None
        if self._baseline is not None:
            baseline = histogram(self._baseline.evaluation.headline_values)
        own = histogram(self._evaluation.headline_values)
        return histogram_chart(own, baseline, self._evaluation.headline)

    def _groupings(self, listed: ListedImages) -> list[Grouping]:
        queries, values = self._evaluation.queries, self._evaluation.headline_values
        names = {
            column: list(map(shown, listed.column(queries["query_id"], column)))
            for column in ("continent", "country")
        }
        groupings = [by_name(title, names[title], values, self._seed) for title in names]
        groupings.append(by_positives(queries["positives"].to_numpy(), values, self._seed))
        return [grouping for grouping in groupings if grouping is not None]


def _score(row: dict[str, Any]) -> Score:
    change = None
    if row.get("difference") is not None:
        change = Change(
            row["difference"], row["difference_low"], row["difference_high"], row["p_value"]
        )
    return Score(row["metric"], row["usage"], row["value"], row.get("low"), row.get("high"), change)


def _definition(evaluation: Evaluation) -> str:
    said = definition_of([evaluation.headline], evaluation.protocol)
    return f"{evaluation.headline}: {said}." if said else ""


def _name(path: str) -> str:
    return shown(display_name(path))
