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
    folder: Path,
    tables: dict[str, "pl.DataFrame"],
    names: tuple[str, ...],
    history: "History",
    longer: dict[str, str] | None = None,
) -> None:
    """All tables as one folder, and its path on standard output.

    ``longer`` names, for a table that begins with all rows of another, that other.
    """
    from concurrent.futures import ThreadPoolExecutor

    from gld_shared.tables import LANDMARKS, LIST, TRUTH, write_table

    from gld_lists.whole import whole_folder

    kinds = {"truth": TRUTH, "landmarks": LANDMARKS}
    begins = {name: one for name, one in (longer or {}).items() if name in tables}

    def write(name: str) -> None:
        rows, begin = tables[name], None
        if name in begins:
            rows = rows[tables[begins[name]].height :]
            begin = partial / f"{begins[name]}.tsv"
        kind = kinds.get(name, LIST)
        write_table(partial / f"{name}.tsv", kind, rows, {"history": history}, begin)
        for one in (one for one, first in begins.items() if first == name):
            write(one)

    with whole_folder(folder, file_names(names)) as partial, ThreadPoolExecutor(2) as pool:
        # The largest first, so that the threads end together.
        order = sorted(tables.keys() - begins.keys(), key=lambda name: -tables[name].height)
        list(pool.map(write, order))
    print_path(folder)
