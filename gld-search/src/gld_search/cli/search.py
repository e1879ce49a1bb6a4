"""gld-search itself: the search."""

import logging
import sys
from collections.abc import Mapping
from contextlib import redirect_stdout
from functools import partial
from typing import TYPE_CHECKING, Any

import click
from gld_shared import command
from gld_shared.command.verbosity import set_up_log, verbosity
from gld_shared.work.engines.names import LOCAL

from gld_search.cli.approximate import Approximate, approximate_options, approximate_search
from gld_search.cli.options import (
    index_option,
    keep_self_option,
    memory_option,
    processes_option,
    shard_option,
    weight_option,
)
from gld_search.cli.processes import Processes, chosen_processes, refuse_shard
from gld_search.shard import WHOLE, Shard

if TYPE_CHECKING:
    from gld_shared.command import Progress

    from gld_search.search import Search

log = logging.getLogger(__name__)

EXAMPLES = """
Examples:
  gld-search queries.zarr --index index.zarr -k 100 -o neighbours.tsv
  gld-embed queries.tsv -c model.safetensors --images photos -o q.zarr \\
    | gld-search --index index.zarr | gld-eval --truth truth.tsv
"""


@command.tool_with_subcommands("gld-search", epilog=EXAMPLES)
@command.input_argument("queries", many=True)
@index_option
@keep_self_option
@weight_option
@shard_option
@command.neighbours_option
@memory_option
@approximate_options
@processes_option
@command.device_option
@command.gpus_option
@command.engine_option
@command.output_option(
    help="Write here, whole or not at all; as Zarr if the name ends in .zarr, which resumes."
)
def main(
    queries: tuple[str, ...],
    indexes: tuple[str, ...],
    keep_self: bool,
    weights: tuple[float, ...],
    shard: Shard | None,
    neighbours: int,
    memory: int,
    workers: int,
    device: str,
    processes: int,
    engine: str,
    output: str,
    **approximate: Any,
) -> None:
    """Find the nearest neighbours of QUERIES, exactly unless --factory is given.

    QUERIES are embedding stores, or the parts of one as --index takes them; without them, paths
    are read from standard input, one per line, as gld-embed prints them. Several stores are an
    ensemble: their similarities are summed. An index image with the id of the query is the query
    itself, and left out.

    As Zarr, neighbours are made in units of queries: the same command resumes an interrupted
    search, and takes part in one that runs.
    """
    from pathlib import Path

    from gld_shared.neighbours.forms import writes_zarr
    from gld_shared.provenance import Input
    from gld_shared.store.parts import names_of, open_parts, stores_of
    from gld_shared.tables.shards import SHARD

    from gld_search.part_names import part_names
    from gld_search.search import Search

    command.collect_nothing_at_exit()
    as_zarr = writes_zarr(output)
    refuse_shard(shard, as_zarr)
    chosen = chosen_processes(workers, processes, engine, device, as_zarr)
    options = Approximate(**approximate)
    options.check(shard, chosen.number > 1 or engine != LOCAL, output)
    names = command.store_paths(queries)
    query_stores = [open_parts(part_names(name)) for name in names]
    index_stores = [open_parts(part_names(name)) for name in indexes]
    inputs: list[Input] = [*stores_of([*query_stores, *index_stores])]
    header: dict[str, Any] = {
        "queries": [
            name if store.path == Path(name) else names_of(store)
            for name, store in zip(names, query_stores, strict=True)
        ],
        "index": [names_of(store) for store in index_stores],
    }
    search: Search
    if options.is_wanted:
        search, header["approximate"], files = approximate_search(
            options, query_stores, index_stores, neighbours, keep_self, weights, device
        )
        inputs += files
    else:
        search = Search(
            query_stores, index_stores, neighbours, keep_self, weights, shard or WHOLE, memory
        )
    header["history"] = command.history_for(*inputs)
    if weights:
        header["weights"] = list(weights)
    if keep_self:
        header["keep_self"] = True
    if shard:
        header[SHARD] = shard.entry(neighbours, keep_self, search.neighbours)
    with command.progress(search.pairs, "searching", "pairs", show_position=False) as bar:
        if as_zarr:
            _write_zarr(search, output, header, chosen, engine, bar)
        else:
            _write_table(search, output, header, device, bar)


def _write_table(
    search: "Search", output: str, header: Mapping[str, Any], device: str, bar: "Progress"
) -> None:
    from gld_shared.devices import choose_device
    from gld_shared.tables import NEIGHBOURS, write_table

    blocks = search.times.until_next(search.blocks(choose_device(device), bar.update), "writing")
    write_table(output, NEIGHBOURS, blocks, header)
    log.info(search.spent(search.n))


def _write_zarr(
    search: "Search",
    output: str,
    header: Mapping[str, Any],
    processes: Processes,
    engine: str,
    bar: "Progress",
) -> None:
    from gld_search.to_zarr import search_to_zarr

    # Ray prints its machines' messages to standard output, which carries data only.
    with redirect_stdout(sys.stderr):
        search_to_zarr(
            search,
            output,
            header,
            device=processes.device,
            processes=processes.number,
            engine=engine,
            advance=bar.update,
            start=partial(set_up_log, "gld-search", verbosity(click.get_current_context())),
        )
