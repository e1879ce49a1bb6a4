"""gld-lists folder: a list of the images in any folder."""

from pathlib import Path
from typing import TYPE_CHECKING

import click
from gld_shared.command import (
    history_for,
    image_memory_option,
    output_option,
    progress,
    subcommand,
    workers_option,
)
from gld_shared.command.path_types import InputPath

from gld_lists.cli.group import main

if TYPE_CHECKING:
    import polars as pl

    from gld_lists.filtered import Filtered


@subcommand(
    main,
    "folder",
    epilog="""
Examples:
  gld-lists folder photos --skip-unreadable --dedup -o clean.tsv
  gld-lists folder photos --labels-from-folders | gld-lists split -o lists
""",
)
@click.argument("folder", type=InputPath())
@click.option(
    "--labels-from-folders", is_flag=True, help="The first folder of a path is its landmark."
)
@click.option(
    "--labels",
    type=InputPath(),
    help="A CSV with the columns landmark and path (or id): the images' landmarks.",
)
@click.option(
    "--skip-unreadable",
    is_flag=True,
    help="Open all images, and leave out those that cannot be read.",
)
@click.option("--dedup", is_flag=True, help="Keep only the first of files with the same bytes.")
@workers_option
@image_memory_option
@output_option()
def folder(
    folder: str,
    labels_from_folders: bool,
    labels: str | None,
    skip_unreadable: bool,
    dedup: bool,
    workers: int,
    output: str,
) -> None:
    """List all images in FOLDER and its subfolders.

    Ordered by path. An id is the path without its suffix. Hidden files are skipped, links are
    followed. Images that --skip-unreadable and --dedup leave out of X.tsv are listed, with the
    reason, in X.unreadable.tsv and X.duplicates.tsv; -v also logs them.
    """
    from gld_shared.provenance import PlainFile
    from gld_shared.tables import LIST, write_table

    from gld_lists.folder.labels import label_by_file, label_by_folder
    from gld_lists.folder.list_images import readable_images

    if labels_from_folders and labels:
        raise click.UsageError("--labels and --labels-from-folders exclude each other; give one")
    found = readable_images(Path(folder), skip_unreadable)
    rows, left_out = _filter(found, Path(folder), skip_unreadable, dedup, workers)
    inputs = []
    if labels_from_folders:
        rows = label_by_folder(rows)
    elif labels:
        rows = label_by_file(rows, labels)
        inputs.append(PlainFile.read(labels))
    history = history_for(*inputs)
    write_table(output, LIST, rows, {"history": history})
    for why, filtered in left_out.items():
        filtered.report(why, output, history)


def _filter(
    found: "Filtered", folder: Path, skip_unreadable: bool, dedup: bool, workers: int
) -> tuple["pl.DataFrame", "dict[str, Filtered]"]:
    """Return the rows that are kept, and the results of each filter by its name."""
    rows, left_out = found.kept, dict[str, "Filtered"]()
    if not skip_unreadable and not dedup:
        return rows, left_out  # before the slow import of the decoders
    import polars as pl

    from gld_lists.images.filter import without_copies, without_unreadable

    if skip_unreadable:
        with progress(rows.height, "opening", "images") as bar:
            filtered = without_unreadable(rows, folder, workers, bar.update)
        unreadable = pl.concat([found.left_out, filtered.left_out])
        rows, left_out["unreadable"] = filtered.kept, filtered._replace(left_out=unreadable)
    if dedup:
        with progress(rows.height, "comparing", "images") as bar:
            filtered = without_copies(rows, folder, workers, bar.update)
        rows, left_out["duplicates"] = filtered.kept, filtered
    return rows, left_out
