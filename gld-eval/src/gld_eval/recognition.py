"""Scoring predictions of landmarks against the landmarks of the images."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from gld_shared.errors import DataError
from gld_shared.files import display_name
from gld_shared.tables import Table

from gld_eval.evaluation import VERDICTS, Evaluation, Verdicts
from gld_eval.judgements import queries_of
from gld_eval.metric_names import Metric, parse_metrics
from gld_eval.protocols.gldv2_recognition import PROTOCOL, influence_on_gap
from gld_eval.protocols.judged import Values
from gld_eval.protocols.protocol import Setup
from gld_eval.protocols.recognised import Recognised

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RecognitionEvaluation(Evaluation):
    """Scores of recognised images; an image's value depends on the other images of its usage.

    ``queries`` are all images that are not ignored: those without a landmark have the value nan,
    but lower the others'. ``predictions``: ``row`` of ``queries`` and ``right``, in their order.
    """

    predictions: pl.DataFrame

    def arrays(self) -> Recognised:
        """Return the predictions, and which images have a landmark, as arrays."""
        return _arrays(self.queries, self.predictions)

    def within(self, usage: str) -> "RecognitionEvaluation":
        """Rank and score the images of one usage by themselves."""
        if usage == "all":
            return self
        chosen = (self.queries["usage"] == usage).to_numpy()
        rows = np.cumsum(chosen) - 1
        kept = self.predictions.filter(pl.Series(chosen[self.predictions["row"].to_numpy()]))
        kept = kept.with_columns(pl.Series("row", rows[kept["row"].to_numpy()], pl.Int64))
        metrics = parse_metrics(self.values, PROTOCOL)
        return _scored(self.queries.filter(pl.Series(chosen)), kept, metrics)

    def sampled(self) -> dict[str, Values]:
        """Return each metric's values whose means behave as the score does on images drawn again.

        Images without a landmark count too, as they change the precision of others.
        """
        influence = influence_on_gap(self.arrays())
        return {**self.values, "gap": influence} if "gap" in self.values else dict(self.values)


def recognise(
    predictions: Table, truth: Table, metrics: Sequence[Metric] = ()
) -> RecognitionEvaluation:
    """Score predictions (``query_id landmark confidence``) against truth.

    ``index_id`` of the truth is a landmark, and is empty in the row of an image without one.
    Predictions for ignored images are skipped. Logs a warning for images without a prediction, and
    if the truth has none of the landmarks that are predicted. Raises DataError when the truth lacks
    an image of the predictions, gives one several usages, or holds no landmark.
    """
    known = queries_of(truth.rows, display_name(truth.path))
    _check_known(predictions, known, truth)
    scored = known.filter(pl.col("usage") != "ignored").with_row_index("row")
    landmarks = truth.rows.filter(pl.col("index_id") != "").select("query_id", "index_id")
    landmarks = landmarks.unique(maintain_order=True)
    counts = landmarks.group_by("query_id").agg(pl.len().cast(pl.Int64).alias("positives"))
    queries = scored.join(counts, on="query_id", how="left", maintain_order="left").with_columns(
        pl.col("positives").fill_null(0), pl.col("row").cast(pl.Int64)
    )
    if not (queries["positives"] > 0).any():
        raise DataError(
            f"{display_name(truth.path)}: no image has a landmark, so there is nothing to score"
        )
    pairs = landmarks.select("query_id", pl.col("index_id").alias("landmark"), right=True)
    ranked = (
        predictions.rows.join(queries.select("query_id", "row"), on="query_id")
        .join(pairs, on=["query_id", "landmark"], how="left")
        .sort(["confidence", "query_id"], descending=[True, False])
        .select("row", pl.col("right").fill_null(False))
    )
    _report_missing(predictions, queries)
    _report_strange(predictions, landmarks, truth)
    chosen = metrics or parse_metrics(PROTOCOL.defaults, PROTOCOL)
    return _scored(queries.drop("row"), ranked, chosen)


def _scored(
    queries: pl.DataFrame, predictions: pl.DataFrame, metrics: Sequence[Metric]
) -> RecognitionEvaluation:
    found = _arrays(queries, predictions)
    values = {str(metric): PROTOCOL.measures[metric.measure](found, 0) for metric in metrics}
    verdict = pl.when("right").then(pl.lit("right")).otherwise(pl.lit("wrong")).cast(VERDICTS)
    first = pl.lit(1, pl.Int64)
    judged = predictions.select("row", rank=first, position=first, verdict=verdict).sort("row")
    positives = queries["positives"].to_numpy()
    verdicts = [Verdicts(list(values), Setup(), positives, judged)]
    return RecognitionEvaluation(PROTOCOL, queries, values, verdicts, predictions)


def _arrays(queries: pl.DataFrame, predictions: pl.DataFrame) -> Recognised:
    return Recognised(
        predictions["row"].to_numpy(),
        predictions["right"].to_numpy(),
        (queries["positives"] > 0).to_numpy(),
    )


def _report_missing(predictions: Table, queries: pl.DataFrame) -> None:
    wanted = queries.filter(pl.col("positives") > 0)["query_id"]
    missing = wanted.filter(~wanted.is_in(predictions.rows["query_id"].implode()))
    if len(missing):
        log.warning(
            "%d of %d images with a landmark have no prediction in %s, for example %r; "
            "each counts 0",
            *(len(missing), len(wanted), display_name(predictions.path), missing[0]),
        )


def _report_strange(predictions: Table, landmarks: pl.DataFrame, truth: Table) -> None:
    predicted = predictions.rows["landmark"]
    if len(predicted) and not predicted.is_in(landmarks["index_id"].implode()).any():
        log.warning(
            "no predicted landmark, such as %r, is in %s, which has %r; were the same names used?",
            *(predicted[0], display_name(truth.path), landmarks["index_id"][0]),
        )


def _check_known(predictions: Table, known: pl.DataFrame, truth: Table) -> None:
    images = predictions.rows["query_id"]
    unknown = images.filter(~images.is_in(known["query_id"].implode()))
    if len(unknown):
        raise DataError(
            f"{display_name(predictions.path)}: {len(unknown)} of {len(images)} images are not in "
            f"{display_name(truth.path)}, for example {unknown[0]!r}; use the truth of the same "
            "images"
        )
