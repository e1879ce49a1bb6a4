"""The command gld-embed."""

import os
import sys
from contextlib import redirect_stdout
from typing import Any

import click
from gld_shared.command import (
    checkpoint_option,
    device_option,
    history_for,
    input_argument,
    output_option,
    print_path,
    progress,
    tool,
    workers_option,
)
from gld_shared.command.verbosity import set_up_log, verbosity

EPILOG = """
Example:
  gld-embed queries.tsv -c packaged:efficientnet_lite0 --images photos \\
      -o queries.zarr | gld-search --index index.zarr | gld-rerank > neighbours.tsv
"""


def _parse_scales(_: click.Context, __: click.Parameter, text: str) -> tuple[float, ...]:
    try:
        return tuple(float(scale) for scale in text.split(","))
    except ValueError as error:
        raise click.BadParameter(f"{text!r}, expected numbers with commas between") from error


@tool("gld-embed", epilog=EPILOG)
@input_argument("lists", many=True)
@checkpoint_option
@click.option(
    "--images",
    required=True,
    metavar="SOURCE",
    help="A folder, 'X.tar' or 'X_{000..099}.tar', or a URL of one.",
)
@output_option(required=True, help="The store to make, by custom named X.zarr.")
@click.option(
    "--size",
    type=click.IntRange(min=1),
    help="Image side in pixels.  [default: the checkpoint's]",
)
@click.option(
    "--resize",
    type=click.Choice(["squash", "fit", "bucket"]),
    help="squash: to a square. fit: the longer side has --size, the aspect is kept. bucket: to "
    "the nearest of a few aspects, with as many pixels as the square.  [default: the checkpoint's]",
)
@click.option(
    "--scales",
    metavar="SCALE,...",
    default="1",
    show_default=True,
    callback=_parse_scales,
    help="Sizes relative to --size whose vectors are added, such as 0.7071,1,1.4142.",
)
@click.option("--flip", is_flag=True, help="Add the vectors of the mirrored images, too.")
@click.option(
    "--view-sum",
    type=click.Choice(["raw", "normalised"]),
    default="raw",
    show_default=True,
    help="Whether vectors of scales and mirrored images are added as they are, or made of length "
    "1 before.",
)
@click.option(
    "--batch", type=click.IntRange(min=1), default=32, show_default=True, help="Images at a time."
)
@workers_option
@click.option(
    "--decode",
    type=click.Choice(["fast", "exact", "recipe"]),
    default="fast",
    show_default=True,
    help="Large JPEGs reduced while decoding, or whole, or as the reference recipe's.",
)
@click.option(
    "--dtype",
    type=click.Choice(["float16", "float32"]),
    default="float16",
    show_default=True,
    help="How the vectors are stored.",
)
@click.option(
    "--precision",
    type=click.Choice(["auto", "bf16", "fp32"]),
    default="auto",
    show_default=True,
    help="What the backbone computes in; auto is bf16 where the hardware has it.",
)
@click.option(
    "--backend",
    type=click.Choice(["torch", "compile", "openvino"]),
    default="torch",
    show_default=True,
    help="What computes the backbone. compile takes a minute or two to begin and needs a C++ "
    "compiler; openvino is the fastest on a CPU, and the extra gld-embed[openvino].",
)
@device_option
@click.option(
    "--gpus",
    "processes",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Processes, one for each GPU; with --device cpu, so many on the CPU.",
)
@click.option(
    "--engine",
    type=click.Choice(["local", "ray"]),
    default="local",
    show_default=True,
    help="This machine, or a Ray cluster, of which it takes all machines and GPUs.",
)
@click.option(
    "--skip-unreadable",
    is_flag=True,
    help="Leave unreadable images out, and list them in X.unreadable.tsv.",
)
def main(output: str, **options: Any) -> None:
    """Embed the images of LISTS: lists, images and a checkpoint to an embedding store.

    The lists come from files or standard input; an id in them several times is embedded once, by
    its first row. Where they have the columns x0 y0 x1 y1, only that part of an image is embedded.
    The store's path is printed when it is complete. The same command goes on where it was stopped,
    and leaves a finished store as it is.

    SOURCE is what the lists' paths are relative to: a folder, a tar archive, or several by braces,
    quoted so that the shell leaves them alone. Each may be a URL: https://, s3://, gs:// or what
    else fsspec knows.

    CHECKPOINT may also be pixels:SIZE, the images themselves at that size, a baseline.
    """
    from pathlib import Path

    from gld_shared.errors import DataError

    from gld_embed.lists import read_lists

    if not Path(output).absolute().parent.is_dir():
        raise DataError(f"{output}: cannot be written: there is no folder to hold it; make it")
    lists = read_lists(options["lists"])
    if not _is_made(lists, output, options["checkpoint"]):
        _run(lists, Path(output), options)
    # Of processes that torchrun started, one speaks for all.
    if os.environ.get("RANK", "0") == "0":
        print_path(output)


def _is_made(lists: Any, output: str, checkpoint: str) -> bool:
    """Whether this very command made the store before: told without torch, in an instant."""
    from gld_embed.made import checkpoint_digest, made_by

    inputs = [*lists.inputs, (checkpoint, checkpoint_digest(output, checkpoint))]
    return made_by(output, history_for(inputs)[-1])


def _run(lists: Any, output: Any, options: dict[str, Any]) -> None:
    from gld_shared.devices import choose_device, device_of_rank
    from gld_shared.images import ImageSettings
    from gld_shared.networks import resolve

    from gld_embed.job import Job
    from gld_embed.memory import keep_freed_memory
    from gld_embed.network import NetworkChoice
    from gld_embed.precision import choose_precision
    from gld_embed.views import Views

    device = choose_device(options["device"])
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        device = device_of_rank(options["device"], int(os.environ["LOCAL_RANK"]))
    precision = choose_precision(options["precision"], device)
    keep_freed_memory()
    model = resolve(options["checkpoint"])
    chosen = {key: options[key] for key in ("size", "resize", "decode") if options[key]}
    settings = ImageSettings.from_dict({**model.config["image"], **chosen})
    views = Views(options["scales"], options["flip"], options["view_sum"])
    attributes = {
        "checkpoint": {"path": model.path, "sha256": model.sha256},
        "list": lists.attribute,
        "image": {**settings.to_dict(), **views.to_dict()},
        # Backend and batch may change a vector's last bits, so they belong to it.
        "model": {
            **model.config["model"],
            "precision": precision,
            "backend": options["backend"],
            "batch": options["batch"],
        },
        "normalized": True,
        "history": history_for(
            [*lists.inputs, (model.path, model.sha256)],
            [*lists.histories, model.history],
        ),
    }
    job = Job(
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
    choice = NetworkChoice(options["checkpoint"], precision, views, options["backend"])
    with progress(len(job.rows), "embedding", "images") as bar:
        _start(job, choice, model, device, options, bar.update)


def _start(
    job: Any, choice: Any, model: Any, device: str, options: dict[str, Any], advance: Any
) -> None:
    """Do the job, in this process or in several."""
    from functools import partial

    from gld_embed.embed import embed, open_writer
    from gld_embed.engines.processes import devices_for, embed_in_processes
    from gld_embed.engines.ray_cluster import embed_on_ray

    if options["processes"] == 1 and options["engine"] == "local":
        embed(job, choice.engine(model, job, device), advance)
        return
    writer = open_writer(job, model.network.dimension)
    if writer.finished:
        return
    begin = partial(set_up_log, "gld-embed", verbosity(click.get_current_context()))
    if options["engine"] == "ray":
        # Ray prints what its machines say to standard output, which carries data only.
        with redirect_stdout(sys.stderr):
            embed_on_ray(job, choice, writer, advance, begin)
    else:
        devices = devices_for(options["device"], options["processes"])
        embed_in_processes(job, choice, devices, writer, advance, begin)
