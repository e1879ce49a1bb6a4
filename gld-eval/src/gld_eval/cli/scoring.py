"""gld-eval: scoring neighbours."""

from typing import TYPE_CHECKING

import click
from gld_shared.command import history_for

from gld_eval.cli.writing import write_scores

if TYPE_CHECKING:
    from gld_shared.provenance import Input

    from gld_eval.cli.judging_options import Judging
    from gld_eval.cli.score_options import ScoreOutput
    from gld_eval.metric_names import Metric
    from gld_eval.protocols.protocol import Protocol


def score(
    neighbours: str, truth: str, judging: "Judging", options: "ScoreOutput", output: str
) -> None:
    """Score neighbours against the truth, and write the scores."""
    from gld_shared.neighbours import open_ranking

    from gld_eval.evaluate import evaluate
    from gld_eval.ground_truth.reading import read_any_truth
    from gld_eval.protocols.choice import protocol_for
    from gld_eval.scores import scores_of

    judged = read_any_truth(truth)
    protocol = protocol_for(judged.rows, judged.header, judging.protocol)
    metrics = _parsed(judging.metrics, protocol)
    with open_ranking(neighbours) as ranked:
        evaluation = evaluate(ranked, judged, metrics, protocol)
    inputs: list[Input] = [ranked, judged]
    before = None
    if options.baseline is not None:
        with open_ranking(options.baseline) as baseline:
            before = evaluate(baseline, judged, metrics, protocol)
        inputs.append(baseline)
    header = {
        "protocol": protocol.name,
        "definition": protocol.definition,
        "history": history_for(*inputs),
    }
    scores = scores_of(evaluation, before, options.per_query, options.seed)
    write_scores(output, options.form, scores, header)


def _parsed(names: tuple[str, ...], protocol: "Protocol") -> "list[Metric]":
    from gld_eval.metric_names import parse_metrics

    try:
        return parse_metrics(names, protocol)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="'-m' / '--metric'") from error
