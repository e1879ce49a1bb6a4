"""gld-lists google: lists from the official metadata of Google Landmarks v2."""

from pathlib import Path

import click
from gld_shared.command import history_for, output_option, print_path, subcommand
from gld_shared.command.path_types import InputPath

from gld_lists.cli.group import main


@subcommand(
    main,
    "google",
    epilog="""
Example:
  gld-lists google gldv2 -o lists
  gld-embed lists/index.tsv -c model.safetensors --images gldv2 -o index.zarr
""",
)
@click.argument("raw", type=InputPath())
@output_option(
    required=True, help="The folder of lists, whole or not at all.", replaces_folder=True
)
@click.option(
    "--countries",
    type=InputPath(),
    help="The folder of country files.  [default: RAW/country_info]",
)
def google(raw: str, output: str, countries: str | None) -> None:
    """Make lists from the official CSV files of Google Landmarks v2 in RAW.

    Writes clean.tsv, c2x.tsv, full.tsv, index-train.tsv, all.tsv, queries.tsv, index.tsv, truth.tsv
    and landmarks.tsv. Paths are relative to RAW. Without the index, solution or country files, the
    tables and columns that need them are left out, and a log line says so.
    """
    from concurrent.futures import ThreadPoolExecutor

    from gld_shared.provenance import PlainFile

    from gld_lists.gldv2.google import TABLE_NAMES, google_tables, input_files
    from gld_lists.output_folder import refuse_foreign
    from gld_lists.output_tables import file_names, write_tables

    refuse_foreign(Path(output), file_names(TABLE_NAMES))
    folder = None if countries is None else Path(countries)
    inputs = input_files(Path(raw), folder)
    with ThreadPoolExecutor(1) as pool:
        files = pool.map(PlainFile.read, inputs)
        tables = google_tables(Path(raw), folder)
        history = history_for(*files)
    write_tables(Path(output), tables, TABLE_NAMES, history)
    print_path(output)
