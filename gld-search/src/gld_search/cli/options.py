"""The options of gld-search that other tools do not have."""

import click
from gld_shared.command.number_types import FiniteFloat
from gld_shared.command.path_types import InputPath

index_option = click.option(
    "--index",
    "indexes",
    multiple=True,
    required=True,
    type=InputPath(),
    help="The store to search, or its parts, such as parts/{000..099}.zarr; for an ensemble, one "
    "for each of QUERIES.",
)
keep_self_option = click.option(
    "--keep-self", is_flag=True, help="Keep images that have the query's id."
)
weight_option = click.option(
    "--weight",
    "weights",
    multiple=True,
    type=FiniteFloat(0, 1_000_000),
    help="Weight of similarities in the sum, by default 1; one for each of QUERIES.",
)
