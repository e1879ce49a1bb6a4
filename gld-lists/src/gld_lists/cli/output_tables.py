"""A folder of tables as one output, and its path for the next command."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from gld_shared.command import print_path

if TYPE_CHECKING:
    import polars as pl
    from gld_shared.history import History

    from gld_lists.gldv2.image_lists import ImageList


def file_names(tables: tuple[str, ...]) -> set[str]:
    """The files that tables of these names are written to."""
    return {f"{name}.tsv" for name in tables}


def write_tables(
    folder: Path,
    tables: Mapping[str, "pl.DataFrame | ImageList"],
    names: tuple[str, ...],
    history: "History",
) -> None:
    """All tables as one folder, and its path on standard output."""
    from gld_lists.output_folder import whole_folder

    with whole_folder(folder, file_names(names)) as partial, ThreadPoolExecutor(2) as pool:
        begins = _begins(tables)
        # The largest first, so that both threads end at about the same time.
        first = sorted(tables.keys() - begins.keys(), key=lambda name: -tables[name].height)
        list(pool.map(lambda name: _write(partial, tables, name, begins, history), first))
    print_path(folder)


def _begins(tables: Mapping[str, "pl.DataFrame | ImageList"]) -> dict[str, str]:
    """For each list that has one part more than another, that other's name."""
    from gld_lists.gldv2.image_lists import ImageList

    lists = {name: table for name, table in tables.items() if isinstance(table, ImageList)}
    name_of = {table.parts: name for name, table in lists.items()}
    return {
        name: name_of[table.parts[:-1]]
        for name, table in lists.items()
        if table.parts[:-1] in name_of
    }


def _write(
    folder: Path,
    tables: Mapping[str, "pl.DataFrame | ImageList"],
    name: str,
    begins: Mapping[str, str],
    history: "History",
) -> None:
    """Write a table, then those that begin with it."""
    import polars as pl
    from gld_shared.tables import LANDMARKS, LIST, TRUTH, write_table

    table = tables[name]
    rows = table if isinstance(table, pl.DataFrame) else table.blocks()
    begin = None
    if name in begins and not isinstance(table, pl.DataFrame):
        rows, begin = table.parts[-1].blocks(), folder / f"{begins[name]}.tsv"
    kind = {"truth": TRUTH, "landmarks": LANDMARKS}.get(name, LIST)
    write_table(folder / f"{name}.tsv", kind, rows, {"history": history}, begin)
    for longer in [one for one in begins if begins[one] == name]:
        _write(folder, tables, longer, begins, history)


def folder_of_images(name: str) -> Path:
    """The folder that --images names. Raises DataError when there is none."""
    from gld_shared.errors import DataError

    folder = Path(name)
    if not folder.is_dir():
        raise DataError(f"{folder}: not a folder; expected the one that the list's paths begin in")
    return folder
