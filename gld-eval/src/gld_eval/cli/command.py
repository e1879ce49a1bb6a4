"""The command gld-eval itself: what its options ask for together."""

from collections.abc import Collection, Mapping

import click
from gld_shared.command import input_argument, output_option, tool
from gld_shared.command.given_options import is_given
from gld_shared.errors import listed

from gld_eval.cli.explanation import explain, explain_option
from gld_eval.cli.judging_options import Judging, judging_options
from gld_eval.cli.report_options import ReportRequest, report_options
from gld_eval.cli.reporting import show_neighbours
from gld_eval.cli.score_options import ScoreOutput, score_options
from gld_eval.cli.scoring import score
from gld_eval.cli.verification import verify as verify_files
from gld_eval.cli.verification import verify_option

_NOT_EXPLAINED = ("--metric", "--baseline", "--per-query", "--format", "--seed", "--report")
EPILOG = """
gld-search queries.zarr --index index.zarr | gld-eval --truth truth.tsv
"""


@tool("gld-eval", epilog=EPILOG)
@input_argument("neighbours")
@judging_options
@explain_option
@score_options
@report_options
@verify_option
@output_option()
def main(
    neighbours: str,
    judging: Judging,
    explained: bool,
    scores: ScoreOutput,
    report: ReportRequest | None,
    verify: bool,
    output: str,
) -> None:
    """Score ranked NEIGHBOURS against the truth, by usage and overall.

    map@100 is the official metric of Google Landmark Retrieval. Ignored queries and those without
    positives are left out; queries without neighbours count 0.
    """
    given = {
        "--truth": judging.truth,
        "--protocol": judging.protocol,
        "--metric": judging.metrics,
        "--explain": explained,
        "--baseline": scores.baseline,
        "--per-query": scores.per_query,
        "--format": is_given("--format"),
        "--seed": is_given("--seed"),
        "--report": report,
        "-o": output != "-",
    }
    if verify:
        _refuse(given, "--verify scores nothing", given.keys() - {"--report"})
        _refuse(given, "--verify shows nothing", {"--report"})
        verify_files(neighbours)
    elif explained:
        _refuse(given, "--explain writes no scores", _NOT_EXPLAINED)
        if judging.truth is None:
            raise click.UsageError("Missing option '--truth'.")
        explain(neighbours, judging, output)
    elif judging.truth is not None:
        score(neighbours, judging.truth, judging, scores, output, report)
    elif report is not None:
        _refuse(given, "nothing is scored without --truth", given.keys() - {"--seed", "--report"})
        show_neighbours(neighbours, report, scores.seed)
    else:
        raise click.UsageError("Missing option '--truth'. Only --report works without it.")


def _refuse(given: Mapping[str, object], reason: str, unused: Collection[str]) -> None:
    """Raise UsageError naming the options that are given, but would change nothing."""
    found = [name for name, value in given.items() if value and name in unused]
    if found:
        raise click.UsageError(f"{reason}; leave {listed(found)} out")
