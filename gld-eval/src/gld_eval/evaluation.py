"""The scores of each query, and the judgement of its results."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from gld_eval.protocols.judged import Flags, Integers, Values
from gld_eval.protocols.protocol import Protocol, Setup

VERDICTS = pl.Enum(["right", "wrong", "junk", "own"])


@dataclass(frozen=True)
class Verdicts:
    """The judgement of results that some metrics share.

    ``setup``: the grades that are right, and those that are removed. ``positives`` (queries,):
    relevant images in the truth. ``judged``: the results that the truth judges, with ``row`` of
    the queries, ``rank`` in the neighbours from 1, ``position`` (the rank that counts; null if the
    result is removed) and ``verdict``: right, wrong (a repeated result, or a grade that does not
    count), junk (a grade that is removed), or own (the query's own image). Results that are not
    listed are wrong.
    """

    metrics: Sequence[str]
    setup: Setup
    positives: Integers
    judged: pl.DataFrame

    def of(self, chosen: Flags) -> "Verdicts":
        """Keep the verdicts of some queries (queries,)."""
        rows = pl.Series("row", np.flatnonzero(chosen), pl.Int64)
        renumbered = pl.DataFrame({"row": rows}).with_row_index("new")
        judged = self.judged.join(renumbered, on="row", maintain_order="left")
        judged = judged.with_columns(pl.col("new").cast(pl.Int64).alias("row")).drop("new")
        return replace(self, positives=self.positives[chosen], judged=judged)

    def counts(self) -> pl.DataFrame:
        """Count for each query: ``relevant``, ``found``, and ``first_rank``, null for none."""
        right = self.judged.filter(pl.col("verdict") == "right")
        found = right.group_by("row").agg(
            pl.len().cast(pl.Int64).alias("found"), pl.col("position").min().alias("first_rank")
        )
        queries = pl.DataFrame({"relevant": self.positives}).with_columns(
            pl.int_range(pl.len()).alias("row")
        )
        return queries.join(found, on="row", how="left", maintain_order="left").with_columns(
            pl.col("found").fill_null(0)
        )


@dataclass(frozen=True)
class Evaluation:
    """Scores of each query under one protocol.

    ``queries``: ``query_id``, ``usage`` and ``positives`` (of the headline) of the queries that are
    scored, in the truth's order. ``values``: each metric's value per query, (queries,) float64; a
    query with nan is left out of that metric's mean. The first metric is the headline.
    ``verdicts``: those of each setup, the headline's first; every metric has one.
    """

    protocol: Protocol[Any]
    queries: pl.DataFrame
    values: Mapping[str, Values]
    verdicts: Sequence[Verdicts]

    @property
    def headline(self) -> str:
        """The first metric, which the report shows query by query."""
        return next(iter(self.values))

    @property
    def headline_values(self) -> Values:
        """The values of the headline: (queries,)."""
        return self.values[self.headline]

    @property
    def judged(self) -> pl.DataFrame:
        """The results that the truth judges, by the headline's setup; see ``Verdicts``."""
        return self.verdicts[0].judged

    def within(self, usage: str) -> "Evaluation":
        """Return the scores of the queries of one usage; ``all`` takes every query."""
        if usage == "all":
            return self
        chosen = (self.queries["usage"] == usage).to_numpy()
        return Evaluation(
            self.protocol,
            self.queries.filter(pl.Series(chosen)),
            {name: values[chosen] for name, values in self.values.items()},
            [verdicts.of(chosen) for verdicts in self.verdicts],
        )

    def sampled(self) -> Mapping[str, Values]:
        """Return each metric's values, whose means behave as the score does on queries drawn again.

        These are ``values`` where each query's value is its own; nan is left out.
        """
        return self.values

    def table(self) -> pl.DataFrame:
        """Return rows ``query_id metric usage value``, by query, then metric; nan is left out."""
        parts = [
            self.queries.select(
                pl.int_range(pl.len()).alias("row"),
                "query_id",
                pl.lit(name).alias("metric"),
                "usage",
                pl.lit(position).alias("position"),
                pl.Series("value", values),
            ).filter(pl.col("value").is_not_nan())
            for position, (name, values) in enumerate(self.values.items())
        ]
        return pl.concat(parts).sort("row", "position").drop("row", "position")
