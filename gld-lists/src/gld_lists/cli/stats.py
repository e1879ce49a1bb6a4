"""gld-lists stats: counts of images and landmarks in lists."""

import click
from gld_shared.command import history_for, input_argument, output_option, subcommand
from gld_shared.command.path_types import OutputPath

from gld_lists.cli.group import main


@subcommand(
    main,
    "stats",
    epilog="""
Example:
  gld-lists stats lists/*.tsv --plot images.png | column -t -s "$(printf '\\t')"
""",
)
@input_argument("lists", many=True)
@click.option(
    "--plot",
    type=OutputPath(dir_okay=False),
    metavar="PNG",
    help="Draw a histogram of images per landmark.",
)
@output_option()
def stats(lists: tuple[str, ...], plot: str | None, output: str) -> None:
    """Count images, landmarks and images per landmark in LISTS.

    Writes a row for each list, and for each continent and country in it: images, images without a
    landmark, landmarks, the share of clean images, and quantiles of the images per landmark.
    """
    import polars as pl
    from gld_shared.files import open_output
    from gld_shared.tables import read_list, write_table

    from gld_lists.report_tables import STATISTICS
    from gld_lists.stats import images_per_landmark, statistics

    tables = [read_list(name) for name in lists]
    parts = [statistics(table.rows, table.path) for table in tables]
    counts = {table.path: images_per_landmark(table.rows) for table in tables}
    if plot:
        from gld_lists.histogram import histogram

        with open_output(plot) as stream:
            stream.write(histogram(counts))
    history = history_for(*tables)
    write_table(output, STATISTICS, pl.concat(parts), {"history": history})
