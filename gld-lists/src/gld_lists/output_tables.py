"""A folder of tables, written in parallel, that appears whole or not at all."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl
from gld_shared.provenance import History
from gld_shared.tables import LANDMARKS, LIST, TRUTH, write_table

from gld_lists.gldv2.lists_in_blocks import ImageList
from gld_lists.output_folder import output_folder

_KINDS = {"truth": TRUTH, "landmarks": LANDMARKS}


def file_names(tables: tuple[str, ...]) -> set[str]:
    """Return the names of the files that tables of these names are written to."""
    return {f"{name}.tsv" for name in tables}


def write_tables(
    folder: Path,
    tables: Mapping[str, pl.DataFrame | ImageList],
    names: tuple[str, ...],
    history: History,
) -> None:
    """Write each table to ``folder/NAME.tsv``, replacing an earlier folder of such tables.

    ``names`` are those of all tables that the command may write: a folder that holds any other
    file is not replaced. Tables are lists, except ``truth`` and ``landmarks``.
    """
    with output_folder(folder, file_names(names)) as partial, ThreadPoolExecutor(2) as pool:
        prefix_of = _prefixes(tables)
        # The largest first, so that both threads finish at about the same time.
        first = sorted(tables.keys() - prefix_of.keys(), key=lambda name: -tables[name].height)
        list(pool.map(lambda name: _write(partial, tables, name, prefix_of, history), first))


def _prefixes(tables: Mapping[str, pl.DataFrame | ImageList]) -> dict[str, str]:
    """Map the name of each list that extends another list by one part to that other list's name."""
    lists = {name: table for name, table in tables.items() if isinstance(table, ImageList)}
    name_of = {table.parts: name for name, table in lists.items()}
    return {
        name: name_of[table.parts[:-1]]
        for name, table in lists.items()
        if table.parts[:-1] in name_of
    }


def _write(
    folder: Path,
    tables: Mapping[str, pl.DataFrame | ImageList],
    name: str,
    prefix_of: Mapping[str, str],
    history: History,
) -> None:
    """Write a table, then the tables that begin with its rows: these copy its file."""
    table = tables[name]
    rows = table if isinstance(table, pl.DataFrame) else table.blocks()
    prefix = None
    if name in prefix_of and not isinstance(table, pl.DataFrame):
        rows, prefix = table.parts[-1].blocks(), folder / f"{prefix_of[name]}.tsv"
    kind = _KINDS.get(name, LIST)
    write_table(folder / f"{name}.tsv", kind, rows, {"history": history}, prefix)
    for longer, shorter in prefix_of.items():
        if shorter == name:
            _write(folder, tables, longer, prefix_of, history)
