"""gld-lists folder: a folder of one's own images to a list."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from gld_shared.command import history_for, output_option, progress, subcommand, workers_option

from gld_lists.cli.group import main

if TYPE_CHECKING:
    import polars as pl

    from gld_lists.images.left_out import Sifted


@subcommand(
    main,
    "folder",
    epilog="""
Examples:
  gld-lists folder photos --skip-unreadable --dedup -o clean.tsv
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
@click.option(
    "--skip-unreadable",
    is_flag=True,
    help="Open all images, and leave out those that cannot be read.",
)
@click.option("--dedup", is_flag=True, help="Of files with the same bytes keep the first.")
@workers_option
@output_option()
def folder(
    folder: str,
    labels_from_folders: bool,
    labels: str | None,
    output: str,
    **sifting: Any,
) -> None:
    """A list of all images in FOLDER and the folders in it.

    Ordered by path. An id is the path without its suffix; hidden files are passed over, links are
    followed. What --skip-unreadable and --dedup leave out of X.tsv stands, with the reason, in
    X.unreadable.tsv and X.duplicates.tsv; -v also says it.
    """
    from gld_shared.provenance import PlainFile
    from gld_shared.tables import LIST, write_table

    from gld_lists.folder import folder_list
    from gld_lists.folder_labels import label_by_file, label_by_folder

    if labels_from_folders and labels:
        raise click.UsageError("--labels and --labels-from-folders exclude each other; give one")
    rows, left_out = _sift(folder_list(Path(folder)), Path(folder), **sifting)
    inputs = []
    if labels_from_folders:
        rows = label_by_folder(rows)
    elif labels:
        rows = label_by_file(rows, labels)
        inputs.append(PlainFile.read(labels))
    history = history_for(*inputs)
    write_table(output, LIST, rows, {"history": history})
    for why, sifted in left_out.items():
        sifted.report(why, output, history)


def _sift(
    rows: "pl.DataFrame", folder: Path, skip_unreadable: bool, dedup: bool, workers: int
) -> tuple["pl.DataFrame", "dict[str, Sifted]"]:
    """The rows that stay, and what was left out for which reason."""
    left_out: dict[str, Sifted] = {}
    if not skip_unreadable and not dedup:
        return rows, left_out  # without the time that importing the decoders takes
    from gld_lists.images.left_out import without_copies, without_unreadable

    if skip_unreadable:
        with progress(rows.height, "opening", "images") as bar:
            sifted = without_unreadable(rows, folder, workers, bar.update)
        rows, left_out["unreadable"] = sifted.kept, sifted
    if dedup:
        with progress(rows.height, "comparing", "images") as bar:
            sifted = without_copies(rows, folder, workers, bar.update)
        rows, left_out["duplicates"] = sifted.kept, sifted
    return rows, left_out
