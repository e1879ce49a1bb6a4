"""The queries of the gallery: their scores, their first results, and the positives they missed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import polars as pl

from gld_eval.evaluation import Evaluation
from gld_eval.judgements import PAIR
from gld_eval.report.kept_rows import KeptRows

UNJUDGED, WRONG = "unjudged", "wrong"
_MISSED = 3


class Result(NamedTuple):
    """A result: its image, its verdict (of ``VERDICTS``, or unjudged), and its score."""

    image: str
    verdict: str
    score: float | None


class Missed(NamedTuple):
    """A positive that is not among the results shown: its image, and its rank, 0 = not found."""

    image: str
    rank: int


@dataclass(frozen=True)
class ShownQuery:
    """A query of the gallery. ``missed`` holds some of the ``missing`` positives.

    Without truth, there is no usage, no value and no gain, and nothing is missed.
    """

    id: str
    results: Sequence[Result]
    usage: str = ""
    value: float | None = None
    gain: float | None = None
    positives: int = 0
    missed: Sequence[Missed] = ()
    missing: int = 0

    @property
    def images(self) -> Iterator[str]:
        """The query and all images that are shown with it."""
        yield self.id
        yield from (result.image for result in self.results)
        yield from (missed.image for missed in self.missed)


def count_images(queries: Sequence[ShownQuery]) -> int:
    """Count the images that queries show, each once."""
    return len({image for query in queries for image in query.images})


def unjudged_queries(kept: KeptRows, chosen: Sequence[str]) -> list[ShownQuery]:
    """Return the chosen queries with their first results."""
    rows = _of_queries(kept.first, chosen).with_columns(pl.lit(UNJUDGED).alias("verdict"))
    results = _results(rows)
    return [ShownQuery(query, results.get(query, [])) for query in chosen]


def judged_queries(
    kept: KeptRows,
    chosen: Sequence[str],
    evaluation: Evaluation,
    gains: dict[str, float] | None = None,
) -> list[ShownQuery]:
    """Return the chosen queries, all of which are scored, with the verdicts of their results.

    ``gains`` are differences from a baseline by query.
    """
    scored = _of_queries(_scored(evaluation), chosen)
    results = _results(_with_verdicts(_of_queries(kept.first, chosen), evaluation))
    missed = _missed(kept, chosen, evaluation)
    return [
        ShownQuery(
            *(query, results.get(query, []), usage, value),
            gain=gains.get(query) if gains else None,
            positives=positives,
            missed=missed.get(query, [])[:_MISSED],
            missing=len(missed.get(query, [])),
        )
        for query, usage, positives, value in scored.select(
            "query_id", "usage", "positives", "value"
        ).iter_rows()
    ]


def first_scores(kept: KeptRows) -> pl.DataFrame:
    """Return query_id and score of each query's best result, in the order read."""
    return kept.first.filter(pl.col("rank") == 1).select("query_id", "score")


def _of_queries(rows: pl.DataFrame, chosen: Sequence[str]) -> pl.DataFrame:
    order = pl.DataFrame({"query_id": pl.Series(chosen, dtype=pl.String)})
    return order.join(rows, on="query_id", maintain_order="left_right")


def _scored(evaluation: Evaluation) -> pl.DataFrame:
    values = pl.Series("value", evaluation.headline_values).fill_nan(None)
    return evaluation.queries.with_columns(values)


def _with_verdicts(rows: pl.DataFrame, evaluation: Evaluation) -> pl.DataFrame:
    named = evaluation.queries.select("query_id", pl.int_range(pl.len()).alias("row"))
    judged = evaluation.judged.join(named, on="row").select("query_id", "rank", "verdict")
    return rows.join(
        judged, on=["query_id", "rank"], how="left", maintain_order="left"
    ).with_columns(pl.col("verdict").cast(pl.String).fill_null(WRONG))


def _results(rows: pl.DataFrame) -> dict[str, list[Result]]:
    found: dict[str, list[Result]] = {}
    for query, *result in rows.select("query_id", "index_id", "verdict", "score").iter_rows():
        found.setdefault(query, []).append(Result(*result))
    return found


def _missed(
    kept: KeptRows, chosen: Sequence[str], evaluation: Evaluation
) -> dict[str, list[Missed]]:
    """Return the positives that are not shown: first those not found, then the worst ranks."""
    if kept.judgements is None:
        return {}
    relevant = evaluation.verdicts[0].setup.relevant
    positives = kept.judgements.positives(relevant, evaluation.protocol.own_image)
    rows = (
        _of_queries(positives.select(PAIR), chosen)
        .join(kept.first, on=PAIR, how="anti", maintain_order="left")
        .join(kept.later.group_by(PAIR).agg(pl.col("rank").min()), on=PAIR, how="left",
              maintain_order="left")
        .with_columns(pl.col("rank").fill_null(0))
    )  # fmt: skip
    found: dict[str, list[Missed]] = {}
    for query, image, rank in rows.select(*PAIR, "rank").iter_rows():
        found.setdefault(query, []).append(Missed(image, rank))
    for missed in found.values():
        missed.sort(key=lambda each: (each.rank > 0, -each.rank))
    return found
