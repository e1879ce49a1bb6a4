"""gld-rerank expand, the default sub-command."""

import click
from gld_shared.command import input_argument, subcommand
from gld_shared.command.number_types import FiniteFloat

from gld_rerank.cli.group import EXAMPLE, main
from gld_rerank.cli.options import source_of, top_option, whole_index_options
from gld_rerank.cli.write import write_reranking


@subcommand(main, "expand", epilog=EXAMPLE)
@input_argument("table")
@top_option(2, "Number of neighbours added to a query.")
@click.option(
    "--alpha",
    type=FiniteFloat(0, 1000),
    default=3.0,
    show_default=True,
    help="Power of the similarity that weights them; 0: the average.",
)
@click.option(
    "--rounds",
    type=click.IntRange(1, 100),
    default=1,
    show_default=True,
    help="Expand the query again with what the expanded one finds, this many times in all.",
)
@whole_index_options
def expand(
    table: str,
    top: int,
    alpha: float,
    rounds: int,
    neighbours: int,
    device: str,
    explained: str | None,
    output: str,
) -> None:
    """Alpha query expansion: add each query's best neighbours to it, and search again.

    TABLE is what gld-search wrote, or standard input. A neighbour's weight is its
    similarity to the query, whatever score TABLE gives it.
    """
    from gld_shared.devices import choose_device

    from gld_rerank.expansion.queries import expand_queries

    source, device = source_of(table, explained), choose_device(device)
    reranking = expand_queries(source, top, alpha, neighbours, device, rounds)
    write_reranking(output, reranking, neighbours, explained)
