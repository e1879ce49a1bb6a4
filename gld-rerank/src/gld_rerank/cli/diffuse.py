"""gld-rerank diffuse."""

import click
from gld_shared.command import input_argument, progress, subcommand
from gld_shared.command.number_types import FiniteFloat

from gld_rerank.cli.group import main
from gld_rerank.cli.options import graph_k_option, graph_option, top_option, whole_index_options
from gld_rerank.cli.write import write_reranking

EXAMPLE = """
gld-search index.zarr --index index.zarr -k 20 -o graph.zarr
gld-search queries.zarr --index index.zarr | gld-rerank diffuse --graph graph.zarr
"""


@subcommand(main, "diffuse", epilog=EXAMPLE)
@input_argument("table")
@top_option(3, "Candidates from which the diffusion starts.", most=1000)
@click.option(
    "--gamma",
    type=FiniteFloat(0, 100),
    default=3.0,
    show_default=True,
    help="Power of the similarity.",
)
@click.option(
    "--alpha",
    type=FiniteFloat(0, 0.9999),
    default=0.8,
    show_default=True,
    help="Share that flows on from an image to those it is tied to.",
)
@click.option(
    "--truncate",
    type=click.IntRange(1, 1_000_000),
    default=1000,
    show_default=True,
    help="Most similar images that a query's diffusion is limited to.",
)
@graph_k_option(20)
@graph_option
@whole_index_options
def diffuse(
    table: str,
    top: int,
    gamma: float,
    alpha: float,
    truncate: int,
    graph_k: int,
    graph: str | None,
    neighbours: int,
    device: str,
    explained: str | None,
    output: str,
) -> None:
    """Rank images by diffusion from the query's candidates through mutual neighbours.

    Similarity flows from each candidate to the images that it is tied to, and on
    from these, so that images of one object raise each other.
    """
    from gld_shared.devices import choose_device

    from gld_rerank.diffusion.rerank import diffusion_rerank
    from gld_rerank.neighbours import open_neighbours

    found = open_neighbours(table, None if explained else max(neighbours, top))
    device = choose_device(device)
    with progress(found.index_side.n, "graph", "images") as bar:
        reranking = diffusion_rerank(
            found, graph, graph_k, top, gamma, alpha, truncate, neighbours, device, bar.update
        )
    write_reranking(output, reranking, neighbours, explained)
