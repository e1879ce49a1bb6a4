"""The command gld-lists: metadata, folders and labels to lists."""

from pathlib import Path
from typing import TYPE_CHECKING

import click
from gld_shared.command import (
    history_for,
    input_argument,
    neighbours_option,
    output_option,
    print_path,
    seed_option,
    subcommand,
    tool_group,
    workers_option,
)

if TYPE_CHECKING:
    import polars as pl
    from gld_shared.history import History

GROUP_EPILOG = """
Examples:
  gld-lists google gldv2 -o lists
  gld-lists folder photos | gld-embed -c packaged:efficientnet_lite0 \\
    --images photos -o photos.zarr
"""


@tool_group("gld-lists", epilog=GROUP_EPILOG)
def main() -> None:
    """Make lists of images, and what is relevant to what."""


@subcommand(
    main,
    "google",
    epilog="""
Example:
  gld-lists google gldv2 -o lists
  gld-embed lists/index.tsv -c model.safetensors --images gldv2 -o index.zarr
""",
)
@click.argument("raw", type=click.Path())
@output_option(required=True, help="The folder of lists, whole or not at all.")
@click.option(
    "--countries",
    type=click.Path(),
    help="The folder of country files.  [default: RAW/country_info]",
)
def google(raw: str, output: str, countries: str | None) -> None:
    """Lists from the official CSV files of Google Landmarks v2 below RAW.

    Writes clean.tsv, c2x.tsv, full.tsv, index-train.tsv, all.tsv, queries.tsv, index.tsv, truth.tsv
    and landmarks.tsv. Paths are relative to RAW. Where index, solution or country files are
    missing, what needs them is left out and a line says so.
    """
    from gld_shared.files import sha256

    from gld_lists.google import TABLE_NAMES, google_lists, input_files
    from gld_lists.whole import refuse_foreign

    refuse_foreign(Path(output), _file_names(TABLE_NAMES))
    folder = None if countries is None else Path(countries)
    tables = google_lists(Path(raw), folder)
    inputs = [(str(path), sha256(path)) for path in input_files(Path(raw), folder)]
    _write_tables(Path(output), tables, TABLE_NAMES, history_for(inputs))


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
def folder_command(folder: str, labels_from_folders: bool, labels: str | None, output: str) -> None:
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


@subcommand(
    main,
    "split",
    epilog="""
Example:
  gld-lists folder photos --labels-from-folders | gld-lists split -o lists
""",
)
@input_argument("list")
@output_option(required=True, help="The folder of lists, whole or not at all.")
@click.option(
    "--by",
    type=click.Choice(["landmark", "image"]),
    default="image",
    show_default=True,
    help="Hold out whole landmarks, or images of each landmark.",
)
@click.option(
    "--held-out",
    type=click.FloatRange(0, 1, min_open=True),
    default=0.5,
    show_default=True,
    help="The share of landmarks, or of each landmark's images, not to train on.",
)
@click.option(
    "--queries",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Queries per landmark, of its held-out images; the others are the index.",
)
@seed_option
def split(list: str, output: str, by: str, held_out: float, queries: int, seed: int) -> None:
    """Cut a labelled LIST into train.tsv, queries.tsv, index.tsv and truth.tsv.

    The same list, options and seed give the same cut. Labels are numbered anew, train's first.
    Images without a label go to the index.
    """
    from gld_shared.tables import read_list

    from gld_lists.split import split_list

    table = read_list(list)
    tables = split_list(
        table.rows, "landmark" if by == "landmark" else "image", queries, held_out, seed
    )
    history = history_for([(table.source, table.sha256)], [table.history])
    _write_tables(Path(output), tables, tuple(tables), history)


@subcommand(
    main,
    "truth",
    epilog="""
Example:
  gld-lists truth --queries queries.tsv --index index.tsv -o truth.tsv
""",
)
@click.option("--queries", type=click.Path(), help="A list with labels; with --index.")
@click.option("--index", type=click.Path(), help="A list with labels; with --queries.")
@click.option("--solution", type=click.Path(), help="Google's retrieval_solution CSV.")
@output_option()
def truth(queries: str | None, index: str | None, solution: str | None, output: str) -> None:
    """Which index images are relevant to each query.

    Either from the labels of two lists (--queries and --index), compared by landmark name where
    both have names, or from Google's solution (--solution), with its usages.
    """
    from gld_shared.files import sha256
    from gld_shared.tables import TRUTH, read_list, write_table

    from gld_lists.kaggle import read_solution, solution_truth
    from gld_lists.truth import truth_from_labels

    if solution and not queries and not index:
        rows = solution_truth(read_solution(Path(solution)))
        history = history_for([(solution, sha256(solution))])
    elif queries and index and not solution:
        tables = [read_list(queries), read_list(index)]
        rows = truth_from_labels(tables[0].rows, tables[1].rows)
        history = history_for(
            [(table.source, table.sha256) for table in tables], [table.history for table in tables]
        )
    else:
        raise click.UsageError("give --queries and --index, or --solution")
    write_table(output, TRUTH, rows, {"history": history})


@subcommand(
    main,
    "submission",
    epilog="""
Example:
  gld-search queries.zarr --index index.zarr | gld-lists submission -o s.csv
""",
)
@input_argument("neighbours_table")
@neighbours_option
@output_option()
def submission(neighbours_table: str, neighbours: int, output: str) -> None:
    """Kaggle's CSV (id,images) from a table of neighbours."""
    from gld_shared.files import open_output
    from gld_shared.tables import read_neighbours

    from gld_lists.kaggle import submission_csv, submission_rows

    rows = submission_rows(read_neighbours(neighbours_table).rows, neighbours)
    with open_output(output) as stream:
        for block in submission_csv(rows):
            stream.write(block)


@subcommand(
    main,
    "synthetic",
    epilog="""
Example:
  gld-lists synthetic mini --landmarks 60 && gld-lists google mini -o lists
""",
)
@click.argument("folder", type=click.Path())
@click.option(
    "--landmarks",
    type=click.IntRange(min=1),
    default=60,
    show_default=True,
    help="Landmarks to draw.",
)
@seed_option
@workers_option
def synthetic(folder: str, landmarks: int, seed: int, workers: int) -> None:
    """Draw a miniature Google Landmarks v2 in FOLDER: images, CSV and country files.

    In the official layout, so that gld-lists google reads it. The same seed gives the same files.
    """
    from gld_lists.synthetic.dataset import write_synthetic

    write_synthetic(Path(folder), landmarks, seed, workers)
    print_path(folder)


def _file_names(tables: tuple[str, ...]) -> set[str]:
    return {f"{name}.tsv" for name in tables}


def _write_tables(
    folder: Path, tables: dict[str, "pl.DataFrame"], names: tuple[str, ...], history: "History"
) -> None:
    """All tables as one folder, and its path on standard output."""
    from gld_shared.tables import LANDMARKS, LIST, TRUTH, write_table

    from gld_lists.whole import whole_folder

    kinds = {"truth": TRUTH, "landmarks": LANDMARKS}
    with whole_folder(folder, _file_names(names)) as partial:
        for name, rows in tables.items():
            write_table(partial / f"{name}.tsv", kinds.get(name, LIST), rows, {"history": history})
    print_path(folder)
