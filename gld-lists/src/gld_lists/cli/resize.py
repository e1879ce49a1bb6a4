"""gld-lists resize: smaller copies of a list's images, for training."""

from pathlib import Path

import click
from gld_shared.command import (
    history_for,
    image_memory_option,
    images_option,
    input_argument,
    output_option,
    print_path,
    progress,
    subcommand,
    workers_option,
)

from gld_lists.cli.group import main
from gld_lists.cli.options import images_folder


@subcommand(
    main,
    "resize",
    epilog="""
Example:
  gld-lists resize train.tsv --images photos -o photos512
  gld-train train.tsv --config demo.toml --images photos512 -o m.safetensors
""",
)
@input_argument("list")
@images_option
@output_option(required=True, help="The folder of the copies.", is_folder=True)
@click.option(
    "--size",
    type=click.IntRange(1, 65_500),
    default=512,
    show_default=True,
    help="Pixels of the shorter side; smaller images keep their size.",
)
@workers_option
@image_memory_option
@click.option(
    "--skip-unreadable",
    is_flag=True,
    help="Leave unreadable images out, and list them in X.unreadable.tsv.",
)
def resize(
    list: str, images: str, output: str, size: int, workers: int, skip_unreadable: bool
) -> None:
    """Copy the images of LIST, smaller, to a folder with the same paths.

    The same list is valid for both folders. Copies are upright JPEGs of quality 95 with the same
    aspect ratio, whatever their suffix. After an interruption the same command resumes, and a
    finished run does nothing. Other lists may be added to the folder, other sizes may not.
    """
    from gld_shared.tables import first_rows, read_list

    from gld_lists.images.resize import resize_images

    table = read_list(list)
    rows = first_rows(table.rows)
    source, target = images_folder(images), Path(output)
    with progress(rows.height, "resizing", "images") as bar:
        filtered = resize_images(rows, source, target, size, workers, skip_unreadable, bar.update)
    if skip_unreadable:
        filtered.report("unreadable", output, history_for(table))
    print_path(output)
