"""gld-rerank landmark."""

import click
from gld_shared.command import input_argument, subcommand
from gld_shared.command.number_types import FiniteFloat
from gld_shared.command.path_types import InputPath

from gld_rerank.cli.group import main
from gld_rerank.cli.options import source_of, whole_index_options
from gld_rerank.cli.write import write_reranking

EXAMPLE = """
gld-search queries.zarr --index index.zarr \\
  | gld-rerank landmark --reference train.zarr --labels lists/full.tsv \\
  | gld-eval --truth truth.tsv
"""


@subcommand(main, "landmark", epilog=EXAMPLE)
@input_argument("table")
@click.option(
    "--reference",
    "references",
    multiple=True,
    required=True,
    type=InputPath(),
    metavar="STORE",
    help="Store of labelled images; repeat for each network of an ensemble.",
)
@click.option(
    "--labels",
    required=True,
    type=InputPath(),
    metavar="LIST",
    help="List with the label and country of each reference.",
)
@click.option(
    "--alpha",
    type=FiniteFloat(0, 1_000_000),
    default=1.0,
    show_default=True,
    help="Weight of a shared landmark.",
)
@click.option(
    "--beta",
    type=FiniteFloat(0, 1_000_000),
    default=0.1,
    show_default=True,
    help="Weight of a shared country.",
)
@click.option(
    "--vote",
    type=click.IntRange(1, 30),
    default=3,
    show_default=True,
    help="Number of references that vote on a query's landmark and country.",
)
@whole_index_options
def landmark(
    table: str,
    references: tuple[str, ...],
    labels: str,
    alpha: float,
    beta: float,
    vote: int,
    neighbours: int,
    device: str,
    explained: str | None,
    output: str,
) -> None:
    """Raise index images of the query's likely landmarks and countries.

    The nearest labelled references vote on both; if the list has no column
    country, on landmarks only. The whole index is ranked again, so images outside
    TABLE can come in.
    """
    from gld_shared.devices import choose_device
    from gld_shared.store import open_store
    from gld_shared.tables import read_list

    from gld_rerank.landmark.rerank import landmark_rerank

    source, device = source_of(table, explained), choose_device(device)
    opened = [open_store(path) for path in references]
    reranking = landmark_rerank(
        source, opened, read_list(labels), alpha, beta, vote, neighbours, device
    )
    write_reranking(output, reranking, explained)
