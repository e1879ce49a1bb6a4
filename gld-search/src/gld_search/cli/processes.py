"""The processes that share a search, by the options that name them."""

from typing import NamedTuple

import click
from gld_shared.command.given_options import refuse_what_ray_chooses
from gld_shared.work.engines.names import LOCAL

from gld_search.shard import Shard

_ONLY_ZARR = "only neighbours as Zarr are made in units; give -o a name that ends in .zarr"


class Processes(NamedTuple):
    """How many processes, and the device of each: see ``device_of_rank``."""

    number: int
    device: str


def chosen_processes(workers: int, gpus: int, engine: str, device: str, zarr: bool) -> Processes:
    """Return the processes to start. Raises UsageError for options that do not go together."""
    if not zarr:
        for option, given in ((f"-j {workers}", workers > 1), (f"--gpus {gpus}", gpus > 1),
                              (f"--engine {engine}", engine != LOCAL)):  # fmt: skip
            if given:
                raise click.UsageError(f"{option}: {_ONLY_ZARR}")
    refuse_what_ray_chooses(engine)
    if workers > 1 and gpus > 1:
        raise click.UsageError("-j starts processes on the CPU, --gpus one for each GPU; give one")
    if workers == 1:
        return Processes(gpus, device)
    if device not in ("auto", "cpu"):
        raise click.UsageError(
            f"-j {workers} starts processes on the CPU, but --device is {device}; "
            "--gpus starts one for each GPU"
        )
    return Processes(workers, "cpu")


def refuse_shard(shard: Shard | None, zarr: bool) -> None:
    """Raise UsageError for a shard as Zarr, which nothing merges."""
    if shard and zarr:
        raise click.UsageError(
            "--shard is for tables, which gld-search merge merges; as Zarr, any number of "
            "processes, on any machines, make one output together without it"
        )
