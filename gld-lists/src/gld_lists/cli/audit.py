"""gld-lists audit: images of the training list that also appear in a test list."""

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
from gld_shared.command.path_types import InputPath

from gld_lists.cli.group import main
from gld_lists.cli.options import distance_option, images_folder


@subcommand(
    main,
    "audit",
    epilog="""
Example:
  gld-lists audit lists/train.tsv lists/queries.tsv lists/index.tsv \\
    --images photos | cut -f 2-5
""",
)
@click.argument("train", type=InputPath())
@input_argument("lists", many=True)
@images_option
@distance_option
@workers_option
@image_memory_option
@output_option()
def audit(
    train: str, lists: tuple[str, ...], images: str, distance: int, workers: int, output: str
) -> None:
    """Find images of TRAIN that also appear in other LISTS, exactly or nearly.

    Writes a table of pairs: the same to the byte, or near, with perceptual hashes of 64 bits that
    differ in a few bits whatever the images' size, format and quality. Exits with 1 if there are
    any: scores on such lists partly measure memory.
    """
    import logging

    from gld_shared.errors import DataError
    from gld_shared.files import display_name
    from gld_shared.tables import read_list, write_table

    from gld_lists.images.audit import audit_lists
    from gld_lists.report_tables import LEAKS

    tables = [read_list(name) for name in (train, *lists)]
    count = sum(table.rows["id"].n_unique() for table in tables)
    with progress(count, "hashing", "images") as bar:
        pairs = audit_lists(
            tables[0], tables[1:], images_folder(images), distance, workers, bar.update
        )
    history = history_for(*tables)
    write_table(output, LEAKS, pairs, {"history": history})
    if pairs.height:
        counts = ", ".join(
            f"{count} {kind}" for kind, count in pairs["kind"].value_counts(sort=True).rows()
        )
        tested = ", ".join(map(display_name, lists))
        raise DataError(
            f"{pairs.height} images of {tested} are in {train} too ({counts}); "
            "leave them out of one or the other"
        )
    logging.getLogger(__name__).info("%d images: none is in %s too", count, train)
