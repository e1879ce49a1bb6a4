"""gld-eval: scoring neighbours."""

from typing import TYPE_CHECKING, Any

import click
from gld_shared.command import history_for

from gld_eval.cli.reporting import evaluate_for_report, scored_report, write_report
from gld_eval.cli.writing import write_scores

if TYPE_CHECKING:
    from gld_shared.provenance import Input

    from gld_eval.cli.judging_options import Judging
    from gld_eval.cli.report_options import ReportRequest
    from gld_eval.cli.score_options import ScoreOutput
    from gld_eval.metric_names import Metric
    from gld_eval.protocols.protocol import Protocol


def score(
    neighbours: str,
    truth: str,
    judging: "Judging",
    options: "ScoreOutput",
    output: str,
    report: "ReportRequest | None",
) -> None:
    """Score neighbours against the truth; write the scores, and the report if one is wanted."""
    from gld_eval.evaluate_file import evaluate_file
    from gld_eval.ground_truth.reading import read_any_truth
    from gld_eval.metric_names import definition_of
    from gld_eval.protocols.choice import protocol_for
    from gld_eval.scores import scores_of

    judged = read_any_truth(truth)
    protocol = protocol_for(judged, judging.protocol)
    metrics = _parsed(judging.metrics, protocol)
    kept = None
    found: Input
    if report is None:
        evaluation, found = evaluate_file(neighbours, judged, metrics, protocol)
    else:
        evaluation, kept = evaluate_for_report(neighbours, judged, metrics, protocol)
        found = kept.ranking
    inputs = [found, judged]
    before = None
    if options.baseline is not None:
        before, baseline = evaluate_file(options.baseline, judged, metrics, protocol)
        inputs.append(baseline)
    header = {
        "protocol": protocol.name,
        "definition": definition_of(judging.metrics or protocol.defaults[:1], protocol),
        "history": history_for(*inputs),
    }
    scores = scores_of(evaluation, before, options.per_query, options.seed)
    page = None
    if kept is not None and report is not None:
        page = scored_report(kept, evaluation, before, scores.means, options, inputs, report)
    write_scores(output, options.form, scores, header)
    if page is not None and report is not None:
        write_report(report.path, page)


def _parsed(names: tuple[str, ...], protocol: "Protocol[Any]") -> "list[Metric]":
    from gld_eval.metric_names import parse_metrics

    try:
        return parse_metrics(names, protocol)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="'-m' / '--metric'") from error
