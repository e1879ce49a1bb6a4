"""Making an augmented store, alone or with other processes: the whole of gld-rerank augment."""

import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from gld_shared.devices import choose_device, device_of_rank
from gld_shared.errors import DataError
from gld_shared.images.sources.braces import expand_braces
from gld_shared.neighbours.graph import open_graph
from gld_shared.output_targets import followed
from gld_shared.progress import Advance, silent
from gld_shared.provenance import History, Input, history_of, input_entry
from gld_shared.store import EmbeddingStore, StoreWriter, open_store
from gld_shared.store.spec import store_settings
from gld_shared.work.engines.names import Start, start_quietly
from gld_shared.work.engines.processes import run_processes
from gld_shared.work.leftovers import remove_leftovers
from gld_shared.work.share import do_share
from gld_shared.work.shared_output import sharing
from gld_shared.work.units import Unit

from gld_rerank.expansion.database import Augmentation, Augmenter
from gld_rerank.expansion.weighted_sum import ALPHA, TOP

log = logging.getLogger(__name__)


def plain_history(*inputs: Input) -> History:
    """Return the history of a store made from Python: its inputs, and no arguments."""
    return history_of("gld-rerank", ["augment"], inputs)


def open_one_store(path: str | Path) -> EmbeddingStore:
    """Open a store. Raises DataError as ``open_store`` does, and for a name of several parts."""
    parts = 1 if Path(path).exists() else len(expand_braces(str(path)))
    if parts > 1:
        raise DataError(
            f"{path}: names {parts} parts of a store, expected one store, since the nearest of an "
            "image may be in any part; embed the images of all parts as one store"
        )
    return open_store(path)


def augment(
    store: str | Path,
    output: str | Path,
    top: int = TOP,
    alpha: float = ALPHA,
    graph: str | Path | None = None,
    device: str = "auto",
    processes: int = 1,
    history: Callable[..., History] = plain_history,
    advance: Advance = silent,
    start: Start = start_quietly,
) -> Path:
    """Make the store ``output``, in which each vector has its ``top`` nearest others added.

    They are weighted by similarity^alpha, and the sum has length 1 again. ``graph`` names them, or
    they are searched for. An interrupted store is resumed, and a finished one is left as it is; any
    number of processes may make one store: the same call elsewhere, or ``processes`` here, each
    with a GPU of its own. ``history`` returns the store's history, given its inputs; ``advance`` is
    called with the number of images done; each process that this one starts calls ``start`` first.

    Memory: see ``Augmenter.vectors``, and the graph if it is a table. Raises DataError for a store
    without images, for a graph of another store, and if an earlier run had other settings.
    """
    own_device = choose_device(device)
    opened = open_one_store(store)
    if not opened.n:
        raise DataError(f"{store}: holds no images; expected some to augment")
    inputs: list[Input] = [opened]
    if graph is not None:
        inputs.append(open_graph(graph, opened, top).source)
    job = Augmentation(
        str(store),
        followed(Path(output)),
        top,
        alpha,
        None if graph is None else str(graph),
        _attributes(opened, inputs, top, alpha) | {"history": history(*inputs)},
    )
    if job.output.exists():
        # Raises DataError if it was made with other settings.
        job.begin()
        remove_leftovers(job.output, store_settings)
        log.info("%s is finished already", output)
    elif processes > 1:
        devices = [device_of_rank(device, rank) for rank in range(processes)]
        with sharing(job.output, job.begin) as (made, _):
            run_processes(partial(_start_share, job, start), devices, made, advance)
    else:
        make_store(job, own_device, advance)
    return job.output


def make_store(job: Augmentation, device: str = "cpu", advance: Advance = silent) -> None:
    """Make the store of a job, alone or with other processes that do the same job."""
    augmenter = Augmenter(job, device)

    def make(made: StoreWriter, unit: Unit) -> None:
        made.write_chunk(unit.number, augmenter.vectors(unit.rows))
        advance(len(unit.rows))

    do_share(sharing(job.output, job.begin), make, advance)


def _start_share(job: Augmentation, start: Start, device: str) -> None:
    start()
    make_store(job, device)


def _attributes(
    store: EmbeddingStore, inputs: list[Input], top: int, alpha: float
) -> dict[str, Any]:
    """Return the new store's attributes: the old one's, since both are compared with queries."""
    files = [input_entry(each.path, each.sha256) for each in inputs]
    augmentation = {"store": files[0], "graph": files[1] if files[1:] else None}
    return {
        **{name: value for name, value in store.attributes.items() if name != "format"},
        "normalized": True,
        "augmentation": {**augmentation, "top": top, "alpha": alpha},
    }
