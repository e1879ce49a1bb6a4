"""gld-eval --report."""

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from gld_shared.command import history_for, progress
from gld_shared.errors import DataError
from gld_shared.files import display_name

if TYPE_CHECKING:
    import polars as pl
    from gld_shared.provenance import History, Input
    from gld_shared.tables import Table

    from gld_eval.cli.report_options import ReportRequest
    from gld_eval.cli.score_options import ScoreOutput
    from gld_eval.evaluation import Evaluation
    from gld_eval.metric_names import Metric
    from gld_eval.protocols.protocol import Protocol
    from gld_eval.report.kept_rows import KeptRows
    from gld_eval.report.scored import ScoredRun
    from gld_eval.report.unjudged import UnjudgedRun

log = logging.getLogger(__name__)
# Options that change the report alone, by the names of their parameters.
_OF_REPORTS = (
    "report",
    "pictures",
    "query_pictures",
    "picture_lists",
    "skips_pictures",
    "shown_queries",
)


def show_neighbours(neighbours: str, report: "ReportRequest", seed: int) -> None:
    """Write the report of neighbours without truth."""
    from gld_eval.other_formats.read import open_any_ranking
    from gld_eval.report.kept_rows import KeptRows
    from gld_eval.report.unjudged import UnjudgedRun

    with open_any_ranking(neighbours) as ranked:
        kept = KeptRows(ranked)
        kept.read()
    write_report(report.path, _html(UnjudgedRun(kept, seed, report.show), [ranked], report))


def evaluate_for_report(
    neighbours: str, truth: "Table", metrics: "Sequence[Metric]", protocol: "Protocol[Any]"
) -> "tuple[Evaluation, KeptRows]":
    """Score neighbours, and keep what the report shows of them.

    Raises DataError for a protocol that scores no neighbours.
    """
    from gld_eval.evaluate import score
    from gld_eval.judgements import judge
    from gld_eval.matching import match
    from gld_eval.other_formats.read import open_any_ranking
    from gld_eval.protocols.gldv2_recognition import PROTOCOL as RECOGNITION
    from gld_eval.report.kept_rows import KeptRows

    if protocol is RECOGNITION:
        raise DataError(
            f"{display_name(neighbours)}: predictions of landmarks, which show no images; "
            "expected neighbours for --report, so leave it out"
        )
    with open_any_ranking(neighbours) as ranked:
        judgements = judge(truth)
        kept = KeptRows(ranked, judgements)
        return score(match(kept, judgements), judgements, metrics, protocol), kept


def scored_report(
    kept: "KeptRows",
    evaluation: "Evaluation",
    baseline: "Evaluation | None",
    means: "pl.DataFrame",
    options: "ScoreOutput",
    inputs: "Sequence[Input]",
    report: "ReportRequest",
) -> bytes:
    """Return the HTML of a scored run's report; ``inputs`` are what it was made from."""
    from gld_eval.report.scored import Baseline, ScoredRun

    before = Baseline(str(options.baseline), baseline) if baseline else None
    run = ScoredRun(kept, evaluation, means, options.seed, before, report.show)
    return _html(run, inputs, report)


def write_report(path: str, html: bytes) -> None:
    """Write a report, whole or not at all."""
    from gld_shared.files import open_output

    with open_output(path) as stream:
        stream.write(html)


def _html(
    run: "ScoredRun | UnjudgedRun", inputs: "Sequence[Input]", report: "ReportRequest"
) -> bytes:
    from gld_eval.report.make import ReportOptions, make_report
    from gld_eval.report.pictures import PictureOptions

    if run.choice:
        log.warning("%s: shows %s", report.path, run.choice)

    def record(lists: "Sequence[Table]") -> "History":
        return history_for(*inputs, *lists, recorded=_OF_REPORTS)

    if report.images is None:
        return make_report(run, ReportOptions(report.lists), record)
    pictures = PictureOptions(
        report.images, report.query_images, report.workers, report.skip_unreadable
    )
    with progress(run.images, "making pictures", "images") as bar:
        return make_report(run, ReportOptions(report.lists, pictures), record, bar.update)
