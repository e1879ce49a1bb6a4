"""The scores of each query, and the judgement of its results."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from gld_eval.protocols.judged import Values
from gld_eval.protocols.protocol import Protocol

VERDICTS = pl.Enum(["right", "wrong", "junk", "own"])


@dataclass(frozen=True)
class Evaluation:
    """Scores of each query under one protocol.

    ``queries``: ``query_id``, ``usage`` and ``positives`` of the queries that are scored, in the
    truth's order. ``values``: each metric's value per query, (queries,) float64; a query with nan
    is left out of that metric's mean. ``headline``: the protocol's first metric, also computed when
    others were asked for, and ``headline_values`` (queries,).
    ``judged``: the results that the truth judges, with ``row`` of ``queries``, ``rank`` in the
    neighbours from 1, ``position`` (the rank that counts; null if the result is removed) and
    ``verdict``: right, wrong (a repeated result, or a grade that does not count), junk, or own (the
    query's own image). Results that are not listed are wrong.
    """

    protocol: Protocol[Any]
    queries: pl.DataFrame
    values: Mapping[str, Values]
    headline: str
    headline_values: Values
    judged: pl.DataFrame

    def within(self, usage: str) -> "Evaluation":
        """Return the scores of the queries of one usage; ``all`` takes every query."""
        if usage == "all":
            return self
        chosen = (self.queries["usage"] == usage).to_numpy()
        rows = pl.Series("row", np.flatnonzero(chosen), pl.Int64)
        renumbered = pl.DataFrame({"row": rows}).with_row_index("new")
        judged = self.judged.join(renumbered, on="row", maintain_order="left")
        return Evaluation(
            self.protocol,
            self.queries.filter(pl.Series(chosen)),
            {name: values[chosen] for name, values in self.values.items()},
            self.headline,
            self.headline_values[chosen],
            judged.with_columns(pl.col("new").cast(pl.Int64).alias("row")).drop("new"),
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
