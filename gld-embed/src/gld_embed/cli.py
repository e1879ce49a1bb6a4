"""The command gld-embed."""

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

EPILOG = """
Example:
  gld-embed queries.tsv -c packaged:efficientnet_lite0 --images photos \\
      -o queries.zarr | gld-search --index index.zarr | gld-rerank > neighbours.tsv
"""


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
@device_option
@click.option(
    "--skip-unreadable",
    is_flag=True,
    help="Leave unreadable images out, and list them in X.unreadable.tsv.",
)
def main(output: str, **options: Any) -> None:
    """Embed the images of LISTS: lists, images and a checkpoint to an embedding store.

    The lists come from files or standard input; an id in them several times is embedded once, by
    its first row. The store's path is printed when it is complete. The same command goes on where
    it was stopped, and leaves a finished store as it is.

    SOURCE is what the lists' paths are relative to: a folder, a tar archive, or several by braces,
    quoted so that the shell leaves them alone. Each may be a URL: https://, s3://, gs:// or what
    else fsspec knows.

    CHECKPOINT may also be pixels:SIZE, the images themselves at that size, a baseline.
    """
    from gld_embed.lists import read_lists

    _run(read_lists(options["lists"]), output, options)
    print_path(output)


def _run(lists: Any, output: str, options: dict[str, Any]) -> None:
    from pathlib import Path

    import torch
    from gld_shared.devices import choose_device
    from gld_shared.errors import DataError
    from gld_shared.images import ImageSettings
    from gld_shared.networks import resolve

    from gld_embed.embed import embed
    from gld_embed.engine import Engine
    from gld_embed.job import Job
    from gld_embed.precision import choose_precision

    if not Path(output).absolute().parent.is_dir():
        raise DataError(f"{output}: cannot be written: there is no folder to hold it; make it")
    device = torch.device(choose_device(options["device"]))
    precision = choose_precision(options["precision"], device)
    model = resolve(options["checkpoint"])
    image = {**model.config["image"], "decode": options["decode"]}
    settings = ImageSettings.from_dict({**image, "size": options["size"] or image["size"]})
    attributes = {
        "checkpoint": {"path": model.path, "sha256": model.sha256},
        "list": lists.attribute,
        "image": {**settings.to_dict(), "scales": [1.0], "flip": False},
        # Which images share a batch may change a vector's last bits, so the batch belongs to it.
        "model": {**model.config["model"], "precision": precision, "batch": options["batch"]},
        "normalized": True,
        "history": history_for(
            [*lists.inputs, (model.path, model.sha256)],
            [*lists.histories, model.history],
        ),
    }
    job = Job(
        rows=lists.rows,
        images=options["images"],
        output=Path(output),
        settings=settings,
        dtype=options["dtype"],
        attributes=attributes,
        batch=options["batch"],
        workers=options["workers"],
        skip_unreadable=options["skip_unreadable"],
    )
    engine = Engine(model.network, settings, precision, device)
    with progress(len(job.rows), "embedding", "images") as bar:
        embed(job, engine, bar.update)
