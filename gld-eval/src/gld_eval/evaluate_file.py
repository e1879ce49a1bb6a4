"""Scoring a file of neighbours or of predictions, in any format."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gld_shared.provenance import Input
from gld_shared.tables import Table

from gld_eval.evaluate import evaluate
from gld_eval.evaluation import Evaluation
from gld_eval.metric_names import Metric
from gld_eval.other_formats.read import open_any_ranking, read_any_predictions
from gld_eval.protocols.gldv2_recognition import PROTOCOL as RECOGNITION
from gld_eval.protocols.protocol import Protocol
from gld_eval.recognition import recognise


def evaluate_file(
    source: str | Path, truth: Table, metrics: Sequence[Metric], protocol: Protocol[Any]
) -> tuple[Evaluation, Input]:
    """Read neighbours, or predictions of a recognition, and score them; ``-`` is standard input.

    Returns also the input, for the history. Errors as ``evaluate`` and ``recognise``.
    """
    if protocol is RECOGNITION:
        predictions = read_any_predictions(source)
        return recognise(predictions, truth, metrics), predictions
    with open_any_ranking(source) as ranked:
        return evaluate(ranked, truth, metrics, protocol), ranked
