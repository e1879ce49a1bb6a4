"""Lists, images and a checkpoint to an embedding store: the whole of gld-embed as a function."""

import logging
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from gld_shared.devices import choose_device, device_of_rank
from gld_shared.errors import DataError
from gld_shared.images.lists import Lists, read_lists
from gld_shared.images.settings import FAST, GPU, ImageSettings
from gld_shared.networks import Model, load_model
from gld_shared.output_targets import followed
from gld_shared.progress import Advance, silent
from gld_shared.provenance import History, Input, history_of
from gld_shared.work.engines.names import ENGINES, LOCAL, RAY, Start, start_quietly

from gld_embed.engines import make_on_ray, make_on_this_machine
from gld_embed.inference.backend_names import BACKENDS, TORCH
from gld_embed.inference.malloc import keep_freed_memory
from gld_embed.inference.network_choice import NetworkChoice
from gld_embed.inference.precision import AUTO, PRECISIONS, choose_precision
from gld_embed.inference.views import RAW, Views
from gld_embed.job import Job
from gld_embed.leftovers import remove_leftovers
from gld_embed.worker import make_store

log = logging.getLogger(__name__)
CORES = os.cpu_count() or 1
DTYPES = ("float16", "float32")


def plain_history(*inputs: Input) -> History:
    """Return the history of a store made from Python: its inputs, and no arguments."""
    return history_of("gld-embed", [], inputs)


def embed(
    lists: Lists | str | Path | Sequence[str | Path],
    images: str | Path,
    checkpoint: str | Path,
    output: str | Path,
    *,
    backbone: str | None = None,
    size: int | None = None,
    resize: str | None = None,
    decode: str = FAST,
    scales: Sequence[float] = (1.0,),
    flip: bool = False,
    view_sum: str = RAW,
    batch: int = 32,
    workers: int = CORES,
    dtype: str = "float16",
    precision: str = AUTO,
    backend: str = TORCH,
    device: str = "auto",
    processes: int = 1,
    engine: str = LOCAL,
    skip_unreadable: bool = False,
    history: Callable[..., History] = plain_history,
    advance: Advance = silent,
    start: Start = start_quietly,
) -> Path:
    """Make the embedding store ``output`` and return its path; the options are the command's.

    An interrupted store is resumed, and a finished one is left as it is. ``history`` returns the
    store's history, given its inputs; ``advance`` is called with the number of images done; each
    process that this one starts calls ``start`` first, which must be picklable. Raises DataError
    for wrong lists and options, if the device is missing, and as ``make_store`` does.
    """
    _check("dtype", dtype, DTYPES)
    _check("precision", precision, PRECISIONS)
    _check("backend", backend, BACKENDS)
    _check("engine", engine, ENGINES)
    own_device = _device_of_this_process(device)
    choice = NetworkChoice(
        str(checkpoint),
        choose_precision(precision, own_device),
        Views(tuple(scales), flip, view_sum),
        backend,
        backbone,
    )
    keep_freed_memory()
    model = load_model(choice.checkpoint, backbone)
    if not isinstance(lists, Lists):
        sources = [lists] if isinstance(lists, str | Path) else lists
        lists = read_lists([str(source) for source in sources])
    chosen = {name: value for name, value in (("size", size), ("resize", resize)) if value}
    settings = ImageSettings.from_dict({**model.config["image"], **chosen, "decode": decode})
    if decode == GPU and not own_device.startswith("cuda"):
        raise DataError("--decode gpu needs a CUDA device; --decode exact decodes alike on the CPU")
    job = Job(
        rows=lists.rows,
        images=str(images),
        output=followed(Path(output)),
        settings=settings,
        dtype=dtype,
        attributes={
            **_attributes(model, lists, choice, settings, batch),
            "history": history(*lists.tables, model),
        },
        batch=batch,
        workers=workers,
        skip_unreadable=skip_unreadable,
    )
    dimension = model.network.dimension
    if job.output.exists():
        # Raises DataError if the store was made with other settings.
        job.begin_store(dimension)
        remove_leftovers(job.output)
        log.info("%s is finished already", output)
    elif engine == RAY:
        make_on_ray(job, choice, dimension, advance, start)
    elif processes > 1:
        make_on_this_machine(job, choice, dimension, device, processes, advance, start)
    else:
        make_store(job, choice.encoder(model, job, own_device), advance)
    return job.output


def _check(option: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        raise DataError(f"{option} is {value!r}, expected {' or '.join(known)}")


def _device_of_this_process(name: str) -> str:
    # Each of torchrun's processes has its own GPU.
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        return device_of_rank(name, int(os.environ["LOCAL_RANK"]))
    return choose_device(name)


def _attributes(
    model: Model, lists: Lists, choice: NetworkChoice, settings: ImageSettings, batch: int
) -> dict[str, Any]:
    """Return a store's attributes of its network and images, in the order of the contract."""
    return {
        "checkpoint": {"path": model.path, "sha256": model.sha256},
        "list": lists.attribute,
        "image": {**settings.to_dict(), **choice.views.to_dict()},
        # Backend and batch may change a vector's last bits, so they are settings too.
        "model": {
            **model.config["model"],
            "precision": choice.precision,
            "backend": choice.backend,
            "batch": batch,
        },
        "normalized": True,
    }
