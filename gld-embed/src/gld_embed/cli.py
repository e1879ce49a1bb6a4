"""The command gld-embed."""

from typing import Any

import click
from gld_shared.command import (
    checkpoint_option,
    device_option,
    history_for,
    images_option,
    input_argument,
    output_option,
    print_path,
    progress,
    tool,
    workers_option,
)

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
@input_argument("list")
@checkpoint_option
@images_option
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
@device_option
@click.option(
    "--skip-unreadable",
    is_flag=True,
    help="Leave unreadable images out, and list them in X.unreadable.tsv.",
)
def main(output: str, **options: Any) -> None:
    """Embed the images of a list: LIST, images and a checkpoint to an embedding store.

    The list comes from a file or standard input; an id in it several times is embedded once. Where
    it has the columns x0 y0 x1 y1, only that part of an image is embedded. The store's path is
    printed when it is complete. The same command goes on where it was stopped, and leaves a
    finished store as it is.

    CHECKPOINT may also be pixels:SIZE, the images themselves at that size, a baseline.
    """
    from gld_shared.tables import first_rows, read_list

    table = read_list(options["list"])
    _run(table, first_rows(table.rows), output, options)
    print_path(output)


def _run(table: Any, rows: Any, output: str, options: dict[str, Any]) -> None:
    from pathlib import Path

    import torch
    from gld_shared.devices import choose_device
    from gld_shared.errors import DataError
    from gld_shared.images import ImageSettings
    from gld_shared.networks import resolve

    from gld_embed.boxes import box_columns
    from gld_embed.embed import embed
    from gld_embed.engine import Engine
    from gld_embed.job import Job
    from gld_embed.precision import choose_precision
    from gld_embed.views import Views

    if not Path(output).absolute().parent.is_dir():
        raise DataError(f"{output}: cannot be written: there is no folder to hold it; make it")
    device = torch.device(choose_device(options["device"]))
    precision = choose_precision(options["precision"], device)
    model = resolve(options["checkpoint"])
    chosen = {key: options[key] for key in ("size", "resize") if options[key]}
    settings = ImageSettings.from_dict({**model.config["image"], **chosen})
    views = Views(options["scales"], options["flip"], options["view_sum"])
    attributes = {
        "checkpoint": {"path": model.path, "sha256": model.sha256},
        "list": {"path": table.source, "sha256": table.sha256},
        "image": {**settings.to_dict(), **views.to_dict()},
        # Which images share a batch may change a vector's last bits, so the batch belongs to it.
        "model": {**model.config["model"], "precision": precision, "batch": options["batch"]},
        "normalized": True,
        "history": history_for(
            [(table.source, table.sha256), (model.path, model.sha256)],
            [table.history, model.history],
        ),
    }
    job = Job(
        rows=rows.select("id", "path", *box_columns(rows)),
        images=options["images"],
        output=Path(output),
        settings=settings,
        dtype=options["dtype"],
        attributes=attributes,
        batch=options["batch"],
        workers=options["workers"],
        skip_unreadable=options["skip_unreadable"],
    )
    engine = Engine(model.network, settings, precision, device, views)
    with progress(len(job.rows), "embedding", "images") as bar:
        embed(job, engine, bar.update)
