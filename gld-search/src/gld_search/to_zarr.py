"""A search whose neighbours are written as Zarr, by one process or several."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gld_shared.devices import choose_device, device_of_rank
from gld_shared.errors import DataError
from gld_shared.output_targets import followed
from gld_shared.progress import Advance, silent
from gld_shared.provenance import history_of
from gld_shared.store.parts import names_of, stores_of
from gld_shared.work.engines.names import ENGINES, LOCAL, RAY, Start, start_quietly

from gld_search.engines import make_on_ray, make_on_this_machine
from gld_search.job import SearchJob
from gld_search.search import Search
from gld_search.units import in_pairs, make_neighbours

log = logging.getLogger(__name__)


def plain_header(search: Search) -> dict[str, Any]:
    """Return the header of a search made from Python, with a history of no arguments."""
    sides = {"queries": search.queries, "index": search.indexes}
    names = {side: [names_of(store) for store in stores] for side, stores in sides.items()}
    weights = {"weights": search.weights} if search.weights else {}
    stores = stores_of([*search.queries, *search.indexes])
    return {**names, **weights, "history": history_of("gld-search", [], stores)}


def search_to_zarr(
    search: Search,
    output: str | Path,
    header: Mapping[str, Any] | None = None,
    *,
    device: str = "auto",
    processes: int = 1,
    engine: str = LOCAL,
    advance: Advance = silent,
    start: Start = start_quietly,
) -> None:
    """Write the neighbours of a search as Zarr, whole or not at all.

    ``header`` is that of a table: the paths of the stores, and a history whose last step has their
    digests; by default, without arguments of a command. With several ``processes``, each has its
    own GPU, or all use the CPU; each calls ``start`` first, which must be picklable. An interrupted
    search is resumed, and a finished one is left as it is. ``advance`` is called with the number of
    pairs that are done.

    Raises DataError for other stores or settings than those of the output that is there, for an
    engine that is none, and when a device is missing.
    """
    if engine not in ENGINES:
        raise DataError(f"engine: is {engine!r}, expected {' or '.join(ENGINES)}")
    if processes < 1:
        raise DataError(f"processes: is {processes}, expected 1 or more")
    settings = {"k": search.k, "keep_self": search.keep_self}
    header = {**(header or plain_header(search)), **settings}
    shape = search.n, search.width
    job = SearchJob(followed(Path(output)), header, shape, search.memory)
    of_queries = in_pairs(advance, search.images)
    if job.is_finished():
        log.info("%s is finished already", output)
    elif engine == RAY:
        make_on_ray(job, of_queries, start)
    elif processes > 1:
        devices = [device_of_rank(device, rank) for rank in range(processes)]
        make_on_this_machine(job, devices, of_queries, start)
    else:
        make_neighbours(job, search, choose_device(device), advance)
