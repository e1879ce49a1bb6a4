"""The options that several methods have, and what they open."""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

import click
from gld_shared.command import device_option, neighbours_option, output_option
from gld_shared.command.path_types import InputPath
from gld_shared.neighbours.forms import writes_zarr

if TYPE_CHECKING:
    from gld_rerank.neighbours import Source


def explain_option(help: str) -> Callable[[Any], Any]:
    """Add ``--explain``: why a query has its results, instead of these."""
    return click.option("--explain", "explained", metavar="QUERY_ID", help=help)


def top_option(default: int, help: str, most: int = 10_000) -> Callable[[Any], Any]:
    """Add ``--top``: the number of each query's candidates that a method uses."""
    return click.option(
        "--top", type=click.IntRange(1, most), default=default, show_default=True, help=help
    )


graph_option = click.option(
    "--graph",
    type=InputPath(),
    metavar="FILE",
    help="The index's neighbours in itself, from gld-search; computed by default.",
)


def graph_k_option(default: int) -> Callable[[Any], Any]:
    """Add ``--graph-k``: the number of neighbours of each index image."""
    return click.option(
        "--graph-k",
        type=click.IntRange(1, 10_000),
        default=default,
        show_default=True,
        help="Neighbours of each index image in the graph.",
    )


def whole_index_options(function: Any) -> Any:
    """Add the options of a method that ranks the whole index: -k, --device, --explain and -o."""
    return neighbours_option(device_option(candidate_options(function)))


def candidate_options(function: Any) -> Any:
    """Add the options of a method that ranks the candidates of its table: --explain and -o."""

    @wraps(function)
    def checked(*, explained: str | None, output: str, **others: Any) -> None:
        if explained is not None:
            refuse_zarr(output, "--explain writes text")
        function(explained=explained, output=output, **others)

    output_either = output_option(
        help="Write here, whole or not at all; as Zarr if the name ends in .zarr, which resumes."
    )
    explained_option = explain_option(
        "Write no neighbours, but why the results of this query moved."
    )
    return explained_option(output_either(checked))


def refuse_zarr(output: str, why: str) -> None:
    """Raise UsageError for an output in the form of neighbours as Zarr, and say why."""
    if writes_zarr(output):
        raise click.UsageError(
            f"-o {output}: {why}, and only neighbours are written as Zarr; "
            "give -o a name that does not end in .zarr"
        )


def source_of(table: str, explained: str | None) -> "Source":
    """Return the neighbours to rank again: a file, or all of its ranks if a query is explained."""
    if explained is None:
        return table
    from gld_rerank.neighbours import open_neighbours

    return open_neighbours(table)
