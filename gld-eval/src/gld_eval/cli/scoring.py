"""gld-eval: scoring neighbours."""

from typing import TYPE_CHECKING, Any

import click
from gld_shared.command import history_for

from gld_eval.cli.writing import write_scores

if TYPE_CHECKING:
    from gld_eval.cli.judging_options import Judging
    from gld_eval.cli.score_options import ScoreOutput
    from gld_eval.metric_names import Metric
    from gld_eval.protocols.protocol import Protocol


def score(
    neighbours: str, truth: str, judging: "Judging", options: "ScoreOutput", output: str
) -> None:
    """Score neighbours against the truth, and write the scores."""
    from gld_eval.found import evaluate_file
    from gld_eval.ground_truth.reading import read_any_truth
    from gld_eval.protocols.choice import protocol_for
    from gld_eval.scores import scores_of

    judged = read_any_truth(truth)
    protocol = protocol_for(judged.rows, judged.header, judging.protocol)
    metrics = _parsed(judging.metrics, protocol)
    evaluation, found = evaluate_file(neighbours, judged, metrics, protocol)
    inputs = [found, judged]
    before = None
    if options.baseline is not None:
        before, baseline = evaluate_file(options.baseline, judged, metrics, protocol)
        inputs.append(baseline)
    header = {
        "protocol": protocol.name,
        "definition": protocol.definition,
        "history": history_for(*inputs),
    }
    scores = scores_of(evaluation, before, options.per_query, options.seed)
    write_scores(output, options.form, scores, header)


def _parsed(names: tuple[str, ...], protocol: "Protocol[Any]") -> "list[Metric]":
    from gld_eval.metric_names import parse_metrics

    try:
        return parse_metrics(names, protocol)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="'-m' / '--metric'") from error
