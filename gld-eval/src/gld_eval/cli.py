"""The command gld-eval."""

import logging
from typing import TYPE_CHECKING

import click
from gld_shared.command import history_for, input_argument, output_option, tool
from gld_shared.command.path_types import InputPath
from gld_shared.errors import DataError

if TYPE_CHECKING:
    from gld_eval.metric_names import Metric

log = logging.getLogger(__name__)

EPILOG = """
gld-search queries.zarr --index index.zarr | gld-eval --truth truth.tsv
"""


def _parsed(_: click.Context, __: click.Parameter, names: tuple[str, ...]) -> "list[Metric]":
    from gld_eval.metric_names import DEFAULT_METRICS, parse_metrics

    try:
        return parse_metrics(names or DEFAULT_METRICS)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


@tool("gld-eval", epilog=EPILOG)
@input_argument("neighbours")
@click.option(
    "--truth", type=InputPath(), metavar="TSV", help="The relevant pairs; required for scoring."
)
@click.option(
    "-m",
    "--metric",
    "metrics",
    multiple=True,
    metavar="NAME@K",
    callback=_parsed,
    help="map@K, precision@K or recall@K; repeatable. [default: map@100, precision@10, recall@10]",
)
@click.option(
    "--per-query", is_flag=True, help="Also write a row for each query, before the means."
)
@click.option(
    "--verify",
    is_flag=True,
    help="Score nothing; check that the files which NEIGHBOURS, or a table of scores in its "
    "place, was made from are still the same, back to the lists.",
)
@output_option()
def main(
    neighbours: str,
    truth: str | None,
    metrics: "list[Metric]",
    per_query: bool,
    verify: bool,
    output: str,
) -> None:
    """Score ranked NEIGHBOURS against the truth, by usage and overall.

    map@100 is the official metric of Google Landmark Retrieval. Ignored queries and those without
    positives are left out; queries without neighbours count 0.
    """
    if verify:
        if truth or per_query:
            raise click.UsageError("--verify scores nothing; leave --truth and --per-query out")
        _verify(neighbours)
    elif truth is None:
        raise click.UsageError("Missing option '--truth'.")
    else:
        _score(neighbours, truth, metrics, per_query, output)


def _score(
    neighbours: str, truth: str, metrics: "list[Metric]", per_query: bool, output: str
) -> None:
    import polars as pl
    from gld_shared.neighbours import open_ranking
    from gld_shared.tables import SCORES, read_truth, write_table

    from gld_eval.evaluate import evaluate, summarise

    judged = read_truth(truth)
    with open_ranking(neighbours) as ranked:
        scores = evaluate(ranked, judged, metrics)
    rows = summarise(scores)
    if per_query:
        empty = pl.lit("").alias("query_id")
        rows = pl.concat([scores, rows.select(empty, "metric", "usage", "value")])
    write_table(output, SCORES, rows, {"history": history_for(ranked, judged)})


def _verify(source: str) -> None:
    from gld_shared.files import display_name
    from gld_shared.text_encoding import shown

    from gld_eval.verify_history import verify_history

    problems = verify_history(source)
    for problem in problems:
        log.info("%s", problem)
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise DataError(f"{problems[0]}{more}")
    click.echo(f"{shown(display_name(source))}: every file of its history matches")
