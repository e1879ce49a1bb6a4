"""gld-lists synthetic: a drawn miniature of Google Landmarks v2."""

from pathlib import Path

import click
from gld_shared.command import print_path, seed_option, subcommand, workers_option
from gld_shared.command.path_types import OutputPath

from gld_lists.cli.group import main


@subcommand(
    main,
    "synthetic",
    epilog="""
Example:
  gld-lists synthetic mini --landmarks 60 && gld-lists google mini -o lists
""",
)
@click.argument("folder", type=OutputPath())
@click.option(
    "--landmarks",
    type=click.IntRange(1, 1_000_000),
    default=60,
    show_default=True,
    help="Landmarks to draw.",
)
@seed_option
@workers_option
def synthetic(folder: str, landmarks: int, seed: int, workers: int) -> None:
    """Draw a miniature Google Landmarks v2 in FOLDER: images, CSV and country files.

    The layout is the official one, which gld-lists google reads. The same seed gives the same
    files.
    """
    from gld_lists.synthetic.dataset import write_synthetic

    write_synthetic(Path(folder), landmarks, seed, workers)
    print_path(folder)
