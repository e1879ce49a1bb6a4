"""gld-rerank explore."""

import click
from gld_shared.command import input_argument, progress, subcommand
from gld_shared.command.number_types import FiniteFloat

from gld_rerank.cli.group import main
from gld_rerank.cli.options import graph_k_option, graph_option, whole_index_options
from gld_rerank.cli.write import write_reranking

EXAMPLE = """
gld-search index.zarr --index index.zarr -k 5 -o graph.zarr
gld-search queries.zarr --index index.zarr | gld-rerank explore --graph graph.zarr
"""


@subcommand(main, "explore", epilog=EXAMPLE)
@input_argument("table")
@graph_k_option(5)
@click.option(
    "--threshold",
    type=FiniteFloat(0, 2),
    default=0.5,
    show_default=True,
    help="Similarity above which links are followed at once.",
)
@click.option(
    "--through-queries",
    is_flag=True,
    help="Walk through TABLE's other queries too, which are linked to their candidates.",
)
@graph_option
@whole_index_options
def explore(
    table: str,
    graph_k: int,
    threshold: float,
    through_queries: bool,
    graph: str | None,
    neighbours: int,
    device: str,
    explained: str | None,
    output: str,
) -> None:
    """Rank images in the order in which a walk from the query reaches them.

    The walk follows the best link between an image that it has reached and one that
    it has not. The links of newly reached images count from the next round on; a
    round is one link, and all further links above the threshold.
    """
    from gld_shared.devices import choose_device

    from gld_rerank.explore.rerank import explore_rerank
    from gld_rerank.neighbours import open_neighbours

    found = open_neighbours(table, None if explained else max(neighbours, graph_k))
    with progress(found.index_side.n, "graph", "images") as bar:
        reranking = explore_rerank(
            found,
            graph,
            graph_k,
            threshold,
            neighbours,
            choose_device(device),
            bar.update,
            through_queries=through_queries,
        )
    write_reranking(output, reranking, neighbours, explained)
