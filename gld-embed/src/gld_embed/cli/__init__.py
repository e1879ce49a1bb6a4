"""The command gld-embed."""

import os
import sys
from contextlib import redirect_stdout
from functools import partial
from typing import TYPE_CHECKING

import click
from gld_shared.command import (
    checkpoint_option,
    device_option,
    engine_option,
    gpus_option,
    history_for,
    image_memory_option,
    input_argument,
    output_option,
    print_path,
    progress,
    tool,
    workers_option,
)
from gld_shared.command.given_options import refuse_what_ray_chooses
from gld_shared.command.verbosity import set_up_log, verbosity

from gld_embed.cli import options as own_options

if TYPE_CHECKING:
    from gld_shared.images.lists import Lists

# Vectors of a GPU differ from those of the CPU in their last bits.
_RECORDED = {"device"}

EPILOG = """
Example:
  gld-embed queries.tsv -c packaged:efficientnet_lite0 --images photos \\
      -o queries.zarr | gld-search --index index.zarr | gld-rerank > neighbours.tsv
"""


@tool("gld-embed", epilog=EPILOG)
@input_argument("lists", many=True)
@checkpoint_option
@own_options.backbone_option
@own_options.images_option
@output_option(required=True, help="The store to make, usually named X.zarr.")
@own_options.size_option
@own_options.resize_option
@own_options.scales_option
@own_options.flip_option
@own_options.view_sum_option
@own_options.batch_option
@workers_option
@image_memory_option
@own_options.decode_option
@own_options.dtype_option
@own_options.precision_option
@own_options.backend_option
@device_option
@gpus_option
@engine_option
@own_options.skip_unreadable_option
def main(
    lists: tuple[str, ...],
    checkpoint: str,
    backbone: str | None,
    images: str,
    output: str,
    size: int | None,
    resize: str | None,
    scales: tuple[float, ...],
    flip: bool,
    view_sum: str,
    batch: int,
    workers: int,
    decode: str,
    dtype: str,
    precision: str,
    backend: str,
    device: str,
    processes: int,
    engine: str,
    skip_unreadable: bool,
) -> None:
    """Embed the images of LISTS: lists, images and a checkpoint to an embedding store.

    The lists come from files or standard input; an id that they repeat is embedded once, by its
    first row. If they have the columns x0 y0 x1 y1, only that part of an image is embedded. The
    store's path is printed when it is complete. The same command resumes an interrupted store, and
    leaves a finished one as it is.

    The lists' paths are relative to SOURCE: a folder, a tar archive, or several by braces, quoted
    so that the shell does not expand them. Each may be a URL: https://, s3://, gs:// or another
    scheme of fsspec.

    CHECKPOINT may also be pixels:SIZE, the images themselves at that size, a baseline.
    """
    from pathlib import Path

    from gld_shared.errors import cannot_write
    from gld_shared.images.lists import read_lists
    from gld_shared.images.memory import pixel_megabytes

    from gld_embed.leftovers import remove_leftovers

    refuse_what_ray_chooses(engine)
    if not Path(output).absolute().parent.is_dir():
        raise cannot_write(output, FileNotFoundError())
    tables = read_lists(lists)
    if _is_finished(tables, output, checkpoint):
        remove_leftovers(Path(output))
    else:
        from gld_embed.embed import embed

        # Ray prints its machines' messages to standard output, which carries data only.
        with redirect_stdout(sys.stderr), progress(len(tables.rows), "embedding", "images") as bar:
            embed(
                tables,
                images,
                checkpoint,
                output,
                backbone=backbone,
                size=size,
                resize=resize,
                decode=decode,
                scales=scales,
                flip=flip,
                view_sum=view_sum,
                batch=batch,
                workers=workers,
                dtype=dtype,
                precision=precision,
                backend=backend,
                device=device,
                processes=processes,
                engine=engine,
                skip_unreadable=skip_unreadable,
                history=partial(history_for, recorded=_RECORDED),
                advance=bar.update,
                start=partial(
                    _start_process, verbosity(click.get_current_context()), pixel_megabytes()
                ),
            )
    # Only the first of torchrun's processes prints the path.
    if os.environ.get("RANK", "0") == "0":
        print_path(output)


def _start_process(level: int, megabytes: int) -> None:
    """Set up a process that makes a share of the store."""
    from gld_shared.images.memory import PixelMemory, share_pixel_memory

    set_up_log("gld-embed", level)
    share_pixel_memory(PixelMemory(megabytes))


def _is_finished(lists: "Lists", output: str, checkpoint: str) -> bool:
    """Return whether this same command has finished the store; fast, since torch is not loaded."""
    from gld_shared.provenance import PlainFile

    from gld_embed.finished import checkpoint_digest, made_by

    weights = PlainFile(checkpoint, checkpoint_digest(output, checkpoint))
    return made_by(output, history_for(*lists.tables, weights, recorded=_RECORDED)[-1])
