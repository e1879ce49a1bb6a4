"""Options that several sub-commands share."""

from pathlib import Path

import click

distance_option = click.option(
    "--distance",
    type=click.IntRange(0, 11),
    default=6,
    show_default=True,
    help="Images are near if at most this many of 64 bits differ.",
)


def images_folder(name: str) -> Path:
    """Return the folder that --images names. Raises DataError when it is not a folder."""
    from gld_shared.errors import DataError

    folder = Path(name)
    if not folder.is_dir():
        raise DataError(
            f"{folder}: not a folder; expected the folder that the list's paths are relative to"
        )
    return folder
