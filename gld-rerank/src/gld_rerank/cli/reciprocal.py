"""gld-rerank reciprocal."""

import click
from gld_shared.command import input_argument, progress, subcommand
from gld_shared.command.number_types import FiniteFloat

from gld_rerank.cli.group import main
from gld_rerank.cli.options import graph_option, whole_index_options
from gld_rerank.cli.write import write_reranking

EXAMPLE = """
gld-search queries.zarr --index index.zarr | gld-rerank reciprocal | gld-eval --truth truth.tsv
"""


@subcommand(main, "reciprocal", epilog=EXAMPLE)
@input_argument("table")
@click.option(
    "--k1",
    type=click.IntRange(1, 1000),
    default=20,
    show_default=True,
    help="Neighbours among which reciprocal ones are found.",
)
@click.option(
    "--k2",
    type=click.IntRange(1, 1000),
    default=6,
    show_default=True,
    help="Nearest images, itself among them, whose weights are averaged.",
)
@click.option(
    "--balance",
    type=FiniteFloat(0, 1),
    default=0.3,
    show_default=True,
    help="Share of the similarity; the overlap has the rest.",
)
@click.option(
    "--whole",
    is_flag=True,
    help="Rank the whole index, whatever neighbours TABLE gives; --graph implies it.",
)
@graph_option
@whole_index_options
def reciprocal(
    table: str,
    k1: int,
    k2: int,
    balance: float,
    whole: bool,
    graph: str | None,
    neighbours: int,
    device: str,
    explained: str | None,
    output: str,
) -> None:
    """Raise images that share their k-reciprocal neighbours with the query.

    Two images are k-reciprocal neighbours if each is among the k nearest of the
    other. They are found among TABLE's candidates of a query, or in the whole index.
    """
    from gld_shared.devices import choose_device

    from gld_rerank.neighbours import open_neighbours
    from gld_rerank.reciprocal.rerank import reciprocal_rerank, reciprocal_rerank_index

    if not whole and graph is None:
        reranking = reciprocal_rerank(table, k1, k2, balance, neighbours)
        write_reranking(output, reranking, neighbours, explained)
        return
    found = open_neighbours(table, None if explained else neighbours)
    nodes = 2 * found.index_side.n + len(found.query_ids)
    with progress(nodes, "graph", "images") as bar:
        reranking = reciprocal_rerank_index(
            found, graph, k1, k2, balance, neighbours, choose_device(device), bar.update
        )
    write_reranking(output, reranking, neighbours, explained)
