"""The options of gld-search that other tools do not have."""

import re
from typing import Any

import click
from gld_shared.command.number_types import WORKERS, FiniteFloat, MemorySize
from gld_shared.command.path_types import InputPath

from gld_search.shard import Shard


class ShardType(click.ParamType[Shard]):
    """A shard as ``i/n``, from 1/n to n/n."""

    name = "I/N"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Shard:
        """Return the shard; fail for anything else."""
        match = re.fullmatch(r"(\d{1,9})/(\d{1,9})", str(value), re.ASCII)
        number, count = map(int, match.groups()) if match else (0, 0)
        if not 1 <= number <= count:
            self.fail(f"{value!r} is not a shard from 1/n to n/n, such as 2/7.", param, ctx)
        return Shard(number, count)


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
processes_option = click.option(
    "-j",
    "--workers",
    type=WORKERS,
    default=1,
    show_default=True,
    help="Processes on the CPU that share the work, for NAME.zarr; one uses all cores too.",
)
memory_option = click.option(
    "--memory",
    type=MemorySize(),
    default="2G",
    show_default=True,
    help="Most anonymous memory of each process that searches exactly; queries are searched in "
    "portions that fit.",
)
shard_option = click.option(
    "--shard",
    type=ShardType(),
    help="Search the i-th of n equal parts of the index only; gld-search merge joins the tables.",
)
