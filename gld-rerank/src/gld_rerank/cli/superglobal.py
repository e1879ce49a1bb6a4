"""gld-rerank superglobal."""

import click
from gld_shared.command import input_argument, subcommand
from gld_shared.command.number_types import FiniteFloat

from gld_rerank.cli.group import main
from gld_rerank.cli.options import candidate_options, source_of, top_option
from gld_rerank.cli.write import write_reranking

EXAMPLE = """
gld-search queries.zarr --index index.zarr -k 400 | gld-rerank superglobal > neighbours.tsv
"""


@subcommand(main, "superglobal", epilog=EXAMPLE)
@input_argument("table")
@top_option(400, "Number of each query's candidates that are ranked again.")
@click.option(
    "--refine",
    "neighbours",
    type=click.IntRange(0, 10_000),
    default=2,
    show_default=True,
    help="Number of nearest candidates that refine each candidate, and of best ones beyond the "
    "first that refine the query.",
)
@click.option(
    "--beta",
    type=FiniteFloat(0, 1000),
    default=0.15,
    show_default=True,
    help="Weight of a refining candidate, times its similarity.",
)
@candidate_options
def superglobal(
    table: str, top: int, neighbours: int, beta: float, explained: str | None, output: str
) -> None:
    """Refine the query and its candidates by each other, and rank these again.

    TABLE is what gld-search wrote, or standard input; let it hold as many
    neighbours as --top.
    """
    from gld_rerank.superglobal.rerank import superglobal_rerank

    reranking = superglobal_rerank(source_of(table, explained), top, neighbours, beta)
    write_reranking(output, reranking, reranking.candidates, explained)
