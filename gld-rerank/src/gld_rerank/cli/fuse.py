"""gld-rerank fuse."""

import click
from gld_shared.command import input_argument, neighbours_option, subcommand
from gld_shared.command.number_types import FiniteFloat

from gld_rerank.cli.group import main
from gld_rerank.cli.options import candidate_options
from gld_rerank.cli.write import write_reranking

EXAMPLE = """
gld-search queries.zarr --index index.zarr -o plain.tsv
gld-rerank superglobal plain.tsv | gld-rerank fuse - plain.tsv > neighbours.tsv
"""


@subcommand(main, "fuse", epilog=EXAMPLE)
@input_argument("tables", many=True)
@click.option(
    "--by",
    "method",
    type=click.Choice(["sum", "rrf", "isr", "log-isr", "logn-isr", "borda", "min-rank"]),
    default="sum",
    show_default=True,
    help="sum: of the scores. rrf: reciprocal rank fusion. isr, log-isr, logn-isr: inverse square "
    "ranks, times the number of tables that hold the image, its logarithm, or that of the number + "
    "0.01. borda: points for the images ranked below. min-rank: the best rank.",
)
@click.option(
    "--norm",
    "normalisation",
    type=click.Choice(["min-max", "max", "sum", "zmuv", "none"]),
    help="With --by sum: how a query's scores in a table are made comparable; zmuv: to mean 0 and "
    "variance 1.  [default: min-max]",
)
@click.option(
    "--weight",
    "weights",
    type=FiniteFloat(0, 1_000_000),
    multiple=True,
    help="Weight of a table; repeat for each, in the same order.  [default: 1]",
)
@neighbours_option
@candidate_options
def fuse(
    tables: tuple[str, ...],
    method: str,
    normalisation: str | None,
    weights: tuple[float, ...],
    neighbours: int,
    explained: str | None,
    output: str,
) -> None:
    """Fuse TABLES, rankings of the same images for the same queries, into one.

    TABLES are two or more; - is standard input. The result has the stores of the
    first one, whose index holds the images of all.
    """
    if normalisation and method != "sum":
        raise click.UsageError(f"--norm is for --by sum; --by {method} counts ranks, not scores")
    if weights and method == "min-rank":
        raise click.UsageError("--weight is for all but --by min-rank")
    from gld_rerank.fusion.fuse import fuse as open_fusion

    fusion = open_fusion(tables, method, normalisation or "min-max", weights, neighbours)
    write_reranking(output, fusion, neighbours, explained)
