"""What gld-embed does with its options, once it is known that there is something to do."""

import os
import sys
from contextlib import redirect_stdout
from functools import partial
from pathlib import Path
from typing import Any

import click
from gld_shared.command import history_for, progress
from gld_shared.command.verbosity import set_up_log, verbosity
from gld_shared.devices import choose_device, device_of_rank
from gld_shared.images.settings import ImageSettings
from gld_shared.networks import Model, load_model
from gld_shared.work.timing import Advance

from gld_embed.abandoned import none_if_abandoned
from gld_embed.embed import embed, open_writer
from gld_embed.engines.processes import devices_for, embed_in_processes
from gld_embed.engines.ray_cluster import embed_on_ray
from gld_embed.inference.choice import NetworkChoice
from gld_embed.inference.malloc import keep_freed_memory
from gld_embed.inference.precision import choose_precision
from gld_embed.inference.views import Views
from gld_embed.job import Job
from gld_embed.lists import Lists

Options = dict[str, Any]


def run(lists: Lists, output: Path, options: Options) -> None:
    """Make the store ``output`` of the images of ``lists``."""
    device = choose_device(options["device"])
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        device = device_of_rank(options["device"], int(os.environ["LOCAL_RANK"]))
    choice = NetworkChoice(
        checkpoint=options["checkpoint"],
        precision=choose_precision(options["precision"], device),
        views=Views(options["scales"], options["flip"], options["view_sum"]),
        backend=options["backend"],
    )
    keep_freed_memory()
    model = load_model(choice.checkpoint)
    job = _job(lists, output, options, choice, model)
    with progress(len(job.rows), "embedding", "images") as bar:
        _do(job, choice, model, device, options, bar.update)


def _job(lists: Lists, output: Path, options: Options, choice: NetworkChoice, model: Model) -> Job:
    chosen = {key: options[key] for key in ("size", "resize", "decode") if options[key]}
    settings = ImageSettings.from_dict({**model.config["image"], **chosen})
    attributes = {
        "checkpoint": {"path": model.path, "sha256": model.sha256},
        "list": lists.attribute,
        "image": {**settings.to_dict(), **choice.views.to_dict()},
        # Backend and batch may change a vector's last bits, so they belong to it.
        "model": {
            **model.config["model"],
            "precision": choice.precision,
            "backend": choice.backend,
            "batch": options["batch"],
        },
        "normalized": True,
        "history": history_for(*lists.tables, model),
    }
    return Job(
        rows=lists.rows,
        images=options["images"],
        output=output,
        settings=settings,
        dtype=options["dtype"],
        attributes=attributes,
        batch=options["batch"],
        workers=options["workers"],
        skip_unreadable=options["skip_unreadable"],
    )


def _do(
    job: Job,
    choice: NetworkChoice,
    model: Model,
    device: str,
    options: Options,
    advance: Advance,
) -> None:
    """Do the job, in this process or in several."""
    if options["processes"] == 1 and options["engine"] == "local":
        embed(job, choice.engine(model, job, device), advance)
        return
    writer = open_writer(job, model.network.dimension)
    if writer.finished:
        return
    begin = partial(set_up_log, "gld-embed", verbosity(click.get_current_context()))
    with none_if_abandoned(writer):
        if options["engine"] == "ray":
            # Ray prints what its machines say to standard output, which carries data only.
            with redirect_stdout(sys.stderr):
                embed_on_ray(job, choice, writer, advance, begin)
        else:
            devices = devices_for(options["device"], options["processes"])
            embed_in_processes(job, choice, devices, writer, advance, begin)
