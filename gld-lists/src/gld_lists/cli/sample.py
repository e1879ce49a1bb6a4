"""gld-lists sample: a smaller list with the same proportions."""

import click
from gld_shared.command import (
    history_for,
    input_argument,
    output_option,
    seed_option,
    subcommand,
)
from gld_shared.command.number_types import FiniteFloat

from gld_lists.cli.group import main


@subcommand(
    main,
    "sample",
    epilog="""
Example:
  gld-lists sample lists/clean.tsv --share 0.01 | gld-lists stats
""",
)
@input_argument("list")
@click.option(
    "--share",
    type=FiniteFloat(0, 1, min_open=True),
    required=True,
    help="The share of landmarks to keep.",
)
@seed_option
@output_option()
def sample(list: str, share: float, seed: int, output: str) -> None:
    """Take a share of LIST's landmarks, with all their images.

    The sample keeps the proportions of continents and of small and large landmarks. Labels are
    renumbered; names of landmarks are kept.
    """
    from gld_shared.tables import LIST, read_list, write_table

    from gld_lists.sample import sample_list

    table = read_list(list)
    rows = sample_list(table.rows, share, seed)
    history = history_for(table)
    write_table(output, LIST, rows, {"history": history})
