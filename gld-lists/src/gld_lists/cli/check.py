"""gld-lists check: which images of a list cannot be used."""

import click
from gld_shared.command import (
    history_for,
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
    type=click.IntRange(min=0),
    default=64,
    show_default=True,
    help="Pixels that the shorter side should have.",
)
@click.option(
    "--huge",
    type=click.IntRange(min=1),
    default=50,
    show_default=True,
    help="Megapixels that an image should not exceed.",
)
@workers_option
@output_option()
def check(list: str, images: str, tiny: int, huge: int, workers: int, output: str) -> None:
    """Open every image of LIST: a table of those with a problem, and counts.

    Unusable are the missing, the unreadable, the truncated (cut short or damaged) and the absurd
    (over 178 megapixels, or longer than 1000 times their width); then the exit code is 1. Tiny,
    huge, cmyk, rotated (by EXIF) and animated ones are only named: the other commands read them.
    """
    import logging

    from gld_shared.errors import DataError
    from gld_shared.tables import first_rows, read_list, write_table

    from gld_lists.images.check import Check, Limits
    from gld_lists.table_kinds import PROBLEMS

    table = read_list(list)
    rows = first_rows(table.rows).select("id", "path")
    found = Check(rows, images_folder(images), workers, Limits(tiny, huge))
    header = {"history": history_for(table)}
    with progress(rows.height, "checking", "images") as bar:
        write_table(output, PROBLEMS, found.blocks(bar.update), header)
    level = logging.WARNING if found.counts else logging.INFO
    logging.getLogger(__name__).log(
        level, "%d images: %s", rows.height, found.summary() or "nothing found"
    )
    if found.unusable():
        raise DataError(
            f"{found.unusable()} of {rows.height} images cannot be used; mend them, "
            "or leave them out with --skip-unreadable"
        )
