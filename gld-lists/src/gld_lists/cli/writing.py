"""A folder of tables as one output, and its path for the next command."""

from pathlib import Path
from typing import TYPE_CHECKING

from gld_shared.command import print_path

if TYPE_CHECKING:
    import polars as pl
    from gld_shared.history import History


def file_names(tables: tuple[str, ...]) -> set[str]:
    """The files that tables of these names are written to."""
    return {f"{name}.tsv" for name in tables}


def write_tables(
    folder: Path, tables: dict[str, "pl.DataFrame"], names: tuple[str, ...], history: "History"
) -> None:
    """All tables as one folder, and its path on standard output."""
    from gld_shared.tables import LANDMARKS, LIST, TRUTH, write_table

    from gld_lists.whole import whole_folder

    kinds = {"truth": TRUTH, "landmarks": LANDMARKS}
    with whole_folder(folder, file_names(names)) as partial:
        for name, rows in tables.items():
            write_table(partial / f"{name}.tsv", kinds.get(name, LIST), rows, {"history": history})
    print_path(folder)


def folder_of_images(name: str) -> Path:
    """The folder that --images names. Raises DataError when there is none."""
    from gld_shared.errors import DataError

    folder = Path(name)
    if not folder.is_dir():
        raise DataError(f"{folder}: not a folder; expected the one that the list's paths begin in")
    return folder
