"""The command gld-eval itself: what its options ask for together."""

import click
from gld_shared.command import input_argument, output_option, tool

from gld_eval.cli.explanation import explain, explain_option
from gld_eval.cli.judging_options import Judging, judging_options
from gld_eval.cli.report_options import ReportRequest, report_options
from gld_eval.cli.reporting import show_neighbours
from gld_eval.cli.score_options import ScoreOutput, score_options
from gld_eval.cli.scoring import score
from gld_eval.cli.verification import verify as verify_files
from gld_eval.cli.verification import verify_option

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
    if verify:
        given = [*(["--truth"] if judging.truth else []), *scores.given()]
        given += ["--explain"] if explained else []
        if given:
            raise click.UsageError(f"--verify scores nothing; leave {' and '.join(given)} out")
        if report:
            raise click.UsageError("--verify shows nothing; leave --report out")
        verify_files(neighbours)
    elif explained:
        given = [*(["--metric"] if judging.metrics else []), *scores.given()]
        given += ["--report"] if report else []
        if given:
            raise click.UsageError(f"--explain writes no scores; leave {' and '.join(given)} out")
        if judging.truth is None:
            raise click.UsageError("Missing option '--truth'.")
        explain(neighbours, judging, output)
    elif judging.truth is not None:
        score(neighbours, judging.truth, judging, scores, output, report)
    elif report is not None:
        unused = {
            "--protocol": judging.protocol,
            "--metric": judging.metrics,
            "--format": scores.form != "tsv",
            "-o": output != "-",
        }
        given = [*scores.given(), *(name for name, value in unused.items() if value)]
        if given:
            raise click.UsageError(
                f"nothing is scored without --truth; leave {' and '.join(given)} out"
            )
        show_neighbours(neighbours, report, scores.seed)
    else:
        raise click.UsageError("Missing option '--truth'. Only --report works without it.")
