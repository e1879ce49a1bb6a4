"""gld-lists split: a labelled list split into train, queries and index."""

from pathlib import Path

import click
from gld_shared.command import (
    history_for,
    input_argument,
    output_option,
    print_path,
    seed_option,
    subcommand,
)
from gld_shared.command.number_types import COUNT, FiniteFloat

from gld_lists.cli.group import main


@subcommand(
    main,
    "split",
    epilog="""
Example:
  gld-lists folder photos --labels-from-folders | gld-lists split -o lists
""",
)
@input_argument("list")
@output_option(
    required=True, help="The folder of lists, whole or not at all.", replaces_folder=True
)
@click.option(
    "--by",
    type=click.Choice(["landmark", "image"]),
    default="image",
    show_default=True,
    help="Hold out whole landmarks, or images of each landmark.",
)
@click.option(
    "--held-out",
    type=FiniteFloat(0, 1, min_open=True),
    default=0.5,
    show_default=True,
    help="The share of landmarks, or of each landmark's images, to keep out of train.",
)
@click.option(
    "--queries",
    type=COUNT,
    default=1,
    show_default=True,
    help="Queries per landmark among its held-out images; the rest are the index.",
)
@click.option(
    "--min-images",
    type=COUNT,
    default=1,
    show_default=True,
    help="Leave out landmarks of fewer images.",
)
@seed_option
def split(
    list: str, output: str, by: str, held_out: float, queries: int, min_images: int, seed: int
) -> None:
    """Split a labelled LIST into train.tsv, queries.tsv, index.tsv and truth.tsv.

    The same list, options and seed give the same split. Labels are renumbered, train's landmarks
    first. Images without a label go to the index.
    """
    from gld_shared.tables import read_list

    from gld_lists.output_tables import write_tables
    from gld_lists.split import By, split_list

    table = read_list(list)
    held_out_by: By = "landmark" if by == "landmark" else "image"
    tables = split_list(table.rows, held_out_by, queries, held_out, seed, min_images)
    history = history_for(table)
    write_tables(Path(output), tables, tuple(tables), history)
    print_path(output)
