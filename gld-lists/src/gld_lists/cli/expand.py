"""gld-lists expand: a competition's index with all relevant images."""

from pathlib import Path

import click
from gld_shared.command import history_for, output_option, subcommand
from gld_shared.command.path_types import InputPath

from gld_lists.cli.group import main


@subcommand(
    main,
    "expand",
    epilog="""
Example:
  gld-lists expand gldv2 --competition kaggle/index -o expanded.tsv
  gld-embed expanded.tsv -c model.safetensors --images gldv2 -o index.zarr
""",
)
@click.argument("raw", type=InputPath())
@click.option(
    "--competition",
    type=InputPath(),
    required=True,
    help="The competition's index: its folder of images, or a CSV file with the column id.",
)
@output_option()
def expand(raw: str, competition: str, output: str) -> None:
    """List Kaggle's competition index and the relevant images that it lacks.

    RAW is the folder of Google's files, of which test/retrieval_solution_v2.1.csv is read. Paths
    are relative to RAW. The competition's images come first, then the added images in the
    solution's order.
    """
    from gld_shared.provenance import PlainFile
    from gld_shared.tables import LIST, write_table

    from gld_lists.gldv2.competition_index import expanded_index
    from gld_lists.gldv2.official_csv import SOLUTION, required_file

    solution = required_file(Path(raw), SOLUTION)
    rows = expanded_index(Path(competition), solution)
    # The history names only files that were read; images are not, as in gld-lists folder.
    inputs = [path for path in (Path(competition), solution) if path.is_file()]
    history = history_for(*map(PlainFile.read, inputs))
    write_table(output, LIST, rows, {"history": history})
