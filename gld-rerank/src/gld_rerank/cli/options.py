"""The options that several methods have, and what they open."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click
from gld_shared.command import device_option, neighbours_option, output_option
from gld_shared.command.path_types import InputPath

if TYPE_CHECKING:
    from gld_rerank.neighbours import Source

explain_option = click.option(
    "--explain",
    "explained",
    metavar="QUERY_ID",
    help="Write no neighbours, but why the results of this query moved.",
)


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
    for option in (output_option(), explain_option, device_option, neighbours_option):
        function = option(function)
    return function


def candidate_options(function: Any) -> Any:
    """Add the options of a method that ranks the candidates of its table: --explain and -o."""
    for option in (output_option(), explain_option):
        function = option(function)
    return function


def source_of(table: str, explained: str | None) -> "Source":
    """Return the neighbours to rank again: a file, or all of its ranks if a query is explained."""
    if explained is None:
        return table
    from gld_rerank.neighbours import open_neighbours

    return open_neighbours(table)
