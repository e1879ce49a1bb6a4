"""Options that several sub-commands have."""

from pathlib import Path

import click

distance_option = click.option(
    "--distance",
    type=click.IntRange(0, 11),
    default=6,
    show_default=True,
    help="Near is what differs in so many of 64 bits.",
)


def images_folder(name: str) -> Path:
    """The folder that --images names. Raises DataError when there is none."""
    from gld_shared.errors import DataError

    folder = Path(name)
    if not folder.is_dir():
        raise DataError(f"{folder}: not a folder; expected the one that the list's paths begin in")
    return folder
