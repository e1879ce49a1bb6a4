"""gld-rerank landmark."""

import logging
from typing import TYPE_CHECKING

import click
from gld_shared.command import input_argument, progress, subcommand
from gld_shared.command.number_types import FiniteFloat
from gld_shared.command.path_types import InputPath
from gld_shared.files import display_name

from gld_rerank.cli.group import main
from gld_rerank.cli.options import whole_index_options
from gld_rerank.cli.unused_options import refuse_unused
from gld_rerank.cli.write import write_reranking

if TYPE_CHECKING:
    from gld_rerank.neighbours import Neighbours

log = logging.getLogger(__name__)

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
    type=FiniteFloat(0, 1000),
    default=1.0,
    show_default=True,
    help="Weight of a shared landmark.",
)
@click.option(
    "--beta",
    type=FiniteFloat(0, 1000),
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
@click.option(
    "--tags",
    multiple=True,
    type=InputPath(),
    metavar="NEIGHBOURS",
    help="The nearest reference of each index image, by gld-search --keep-self -k 1; repeat for "
    "each network. Else they are searched for.",
)
@click.option(
    "--query-tags",
    multiple=True,
    type=InputPath(),
    metavar="NEIGHBOURS",
    help="The 30 nearest references of each query, by gld-search --keep-self -k 30; repeat for "
    "each network. Else they are searched for.",
)
@click.option(
    "--graph",
    "graphs",
    multiple=True,
    type=InputPath(),
    metavar="NEIGHBOURS",
    help="The 30 neighbours of each reference among the others, by gld-search; repeat for each "
    "network. Else they are searched for.",
)
@click.option(
    "--merge",
    type=click.Choice(["before", "after"]),
    default="before",
    show_default=True,
    help="Votes of an ensemble's networks have the networks' weights, or none.",
)
@click.option(
    "--votes",
    type=click.Choice(["fused", "raw", "prototypes", "index", "index-prototypes"]),
    default="fused",
    show_default=True,
    help="What votes: the best references by fused or raw similarity; the landmark of the nearest "
    "mean of references; the nearest index image, or mean of index images.",
)
@click.option("--hard", is_flag=True, help="All votes count for the first landmark and country.")
@click.option(
    "--order",
    type=click.Choice(["votes", "landmark", "expansion"]),
    default="votes",
    show_default=True,
    help="Votes are added to similarities; or images of the query's landmark, or images like "
    "references of its landmarks, come first, without --alpha and --beta.",
)
@click.option(
    "--threshold",
    type=FiniteFloat(0, 1),
    default=0.6,
    show_default=True,
    help="Similarity above which an image is like a reference, for --order expansion.",
)
@whole_index_options
def landmark(
    table: str,
    references: tuple[str, ...],
    labels: str,
    alpha: float,
    beta: float,
    vote: int,
    tags: tuple[str, ...],
    query_tags: tuple[str, ...],
    graphs: tuple[str, ...],
    merge: str,
    votes: str,
    hard: bool,
    order: str,
    threshold: float,
    neighbours: int,
    device: str,
    explained: str | None,
    output: str,
) -> None:
    """Raise index images of the query's likely landmarks and countries.

    The nearest labelled references vote on both. The whole index is ranked again
    for TABLE's queries, whatever neighbours TABLE gives them.
    """
    refuse_unused(votes, order)
    from gld_shared.devices import choose_device

    from gld_rerank.landmark.inputs import open_inputs
    from gld_rerank.landmark.rerank import landmark_rerank

    found, opened, listed = open_inputs(table, references, labels)
    warn_of_order(found)
    device = choose_device(device)
    with progress(found.index_side.n * len(found.index), "tags", "images") as bar:
        reranking = landmark_rerank(
            found,
            opened,
            listed,
            alpha,
            beta,
            vote,
            neighbours,
            device,
            tags=tags,
            query_tags=query_tags,
            graphs=graphs,
            merge=merge,
            votes=votes,
            hard=hard,
            order=order,
            threshold=threshold,
            advance=bar.update,
        )
    write_reranking(output, reranking, neighbours, explained)


def warn_of_order(found: "Neighbours") -> None:
    """Warn of neighbours whose order some method made: the whole index is ranked again."""
    history = found.table.history
    if history and history[-1]["tool"] == "gld-rerank":
        method = " ".join(history[-1]["arguments"][:1])
        first = "" if method == "landmark" else "run landmark first, or "
        log.warning(
            "%s: the order by gld-rerank %s is not used, since landmark ranks the whole index "
            "again; %scombine both tables by gld-rerank fuse",
            display_name(found.table.path),
            method,
            first,
        )
