"""gld-rerank propagate."""

import click
from gld_shared.command import input_argument, progress, subcommand
from gld_shared.command.number_types import FiniteFloat

from gld_rerank.cli.group import main
from gld_rerank.cli.options import (
    graph_k_option,
    graph_option,
    top_option,
    whole_index_options,
)
from gld_rerank.cli.write import write_reranking

EXAMPLE = """
gld-search index.zarr --index index.zarr -k 20 -o graph.zarr
gld-search queries.zarr --index index.zarr | gld-rerank propagate --graph graph.zarr
"""


@subcommand(main, "propagate", epilog=EXAMPLE)
@input_argument("table")
@top_option(5, "Images that a vector becomes the mean of, itself among them.", most=1000)
@click.option(
    "--beta",
    type=FiniteFloat(0.001, 1000),
    default=0.2,
    show_default=True,
    help="Similarity that makes a weight e times as large.",
)
@click.option(
    "--rounds",
    type=click.IntRange(1, 100),
    default=2,
    show_default=True,
    help="Rounds of propagation.",
)
@graph_k_option(20)
@graph_option
@whole_index_options
def propagate(
    table: str,
    top: int,
    beta: float,
    rounds: int,
    graph_k: int,
    graph: str | None,
    neighbours: int,
    device: str,
    explained: str | None,
    output: str,
) -> None:
    """Mix images and queries with their nearest, and search again.

    Each image and query becomes a weighted mean of itself and its nearest images
    and queries. Nearest are found among the graph's. Of TABLE, only the queries
    count, not their neighbours.
    """
    from gld_shared.devices import choose_device

    from gld_rerank.neighbours import open_neighbours
    from gld_rerank.propagation.rerank import propagate_features

    found = open_neighbours(table, None if explained else neighbours)
    total = (1 + rounds) * found.index_side.n + rounds * len(found.query_ids)
    with progress(total, "graph", "images") as bar:
        reranking = propagate_features(
            found, graph, graph_k, top, beta, rounds, neighbours, choose_device(device), bar.update
        )
    write_reranking(output, reranking, neighbours, explained)
