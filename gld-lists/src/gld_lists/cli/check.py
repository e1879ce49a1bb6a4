"""gld-lists check: the images of a list that cannot be used."""

import click
from gld_shared.command import (
    history_for,
    image_memory_option,
    images_option,
    input_argument,
    output_option,
    progress,
    subcommand,
    workers_option,
)

from gld_lists.cli.group import main
from gld_lists.cli.options import images_folder


@subcommand(
    main,
    "check",
    epilog="""
Example:
  gld-lists folder photos | gld-lists check --images photos | cut -f 1,3
""",
)
@input_argument("list")
@images_option
@click.option(
    "--tiny",
    type=click.IntRange(0, 1_000_000),
    default=64,
    show_default=True,
    help="Report images whose shorter side has fewer pixels.",
)
@click.option(
    "--huge",
    type=click.IntRange(1, 1_000_000),
    default=50,
    show_default=True,
    help="Report images of more megapixels.",
)
@workers_option
@image_memory_option
@output_option()
def check(list: str, images: str, tiny: int, huge: int, workers: int, output: str) -> None:
    """Open every image of LIST, and write a table of the images with a problem.

    An image is unusable if it is missing, unreadable, truncated (cut short or damaged) or absurd
    (over 178 megapixels, or one side over 1000 times the other); the exit code is then 1. Tiny,
    huge, cmyk, rotated (by EXIF) and animated images, those of more than 8 bits that declare no
    range, and JPEGs without their end marker are only reported: the other commands read them.
    """
    import logging
    from contextlib import closing

    from gld_shared.errors import DataError
    from gld_shared.tables import first_rows, read_list, write_table

    from gld_lists.images.check import Check, Limits
    from gld_lists.report_tables import PROBLEMS

    table = read_list(list)
    rows = first_rows(table.rows).select("id", "path")
    found = Check(rows, images_folder(images), workers, Limits(tiny, huge))
    header = {"history": history_for(table)}
    with (
        progress(rows.height, "checking", "images") as bar,
        closing(found.blocks(bar.update)) as blocks,
    ):
        write_table(output, PROBLEMS, blocks, header)
    level = logging.WARNING if found.counts else logging.INFO
    logging.getLogger(__name__).log(
        level, "%d images: %s", rows.height, found.summary() or "nothing found"
    )
    if found.unusable():
        raise DataError(
            f"{found.unusable()} of {rows.height} images cannot be used; fix them, "
            "or leave them out with --skip-unreadable"
        )
