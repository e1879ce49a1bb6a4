"""gld-lists folder: a folder of one's own images to a list."""

from pathlib import Path

import click
from gld_shared.command import history_for, output_option, subcommand

from gld_lists.cli.group import main


@subcommand(
    main,
    "folder",
    epilog="""
Example:
  gld-lists folder photos --labels-from-folders | gld-lists split -o lists
""",
)
@click.argument("folder", type=click.Path())
@click.option(
    "--labels-from-folders", is_flag=True, help="The first folder of a path is its landmark."
)
@click.option(
    "--labels",
    type=click.Path(),
    help="A CSV with the columns landmark and path (or id): the images' landmarks.",
)
@output_option()
def folder(folder: str, labels_from_folders: bool, labels: str | None, output: str) -> None:
    """A list of all images in FOLDER and the folders in it.

    Ordered by path. An id is the path without its suffix; hidden files are passed over.
    """
    from gld_shared.files import sha256
    from gld_shared.tables import LIST, write_table

    from gld_lists.folder import folder_list, label_by_file

    if labels_from_folders and labels:
        raise click.UsageError("--labels and --labels-from-folders exclude each other; give one")
    rows = folder_list(Path(folder), labels_from_folders)
    inputs = []
    if labels:
        rows = label_by_file(rows, labels)
        inputs.append((labels, sha256(labels)))
    write_table(output, LIST, rows, {"history": history_for(inputs)})
