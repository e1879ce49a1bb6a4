"""gld-lists duplicates: images that a list holds more than once."""

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
from gld_lists.cli.options import distance_option, images_folder


@subcommand(
    main,
    "duplicates",
    epilog="""
Example:
  gld-lists folder photos | gld-lists duplicates --images photos > pairs.tsv
""",
)
@input_argument("list")
@images_option
@distance_option
@workers_option
@image_memory_option
@output_option()
def duplicates(list: str, images: str, distance: int, workers: int, output: str) -> None:
    """Find the images of LIST that repeat an earlier one: a table of pairs.

    A pair is the same to the byte, or near, with perceptual hashes of 64 bits that differ in a few
    bits whatever the images' size, format and quality. No image is left out of LIST; gld-lists
    folder --dedup does that.
    """
    import logging

    from gld_shared.tables import read_list, write_table

    from gld_lists.images.duplicates import NEAR, SAME, find_duplicates
    from gld_lists.images.fingerprints import fingerprints
    from gld_lists.report_tables import DUPLICATES

    table = read_list(list)
    count = table.rows["id"].n_unique()
    with progress(count, "hashing", "images") as bar:
        prints = fingerprints(table.rows, images_folder(images), workers, bar.update)
    pairs = find_duplicates(prints, distance)
    history = history_for(table)
    write_table(output, DUPLICATES, pairs, {"history": history})
    counts = [int((pairs["kind"] == kind).sum()) for kind in (SAME, NEAR)]
    level = logging.WARNING if pairs.height else logging.INFO
    logging.getLogger(__name__).log(
        level, "%d images: %d the same as an earlier one, %d near one", count, *counts
    )
