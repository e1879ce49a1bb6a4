"""The images of the report, found in lists: paths, landmarks, countries and boxes."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl
from gld_shared.counting import counted
from gld_shared.errors import DataError, first_few
from gld_shared.files import display_name
from gld_shared.images.recorded_lists import RecordedList, recorded_lists, refuse_changed
from gld_shared.images.unreadable import read_skipped, skipped_table
from gld_shared.neighbours import Ranking
from gld_shared.neighbours.named_stores import Side, open_first_store, recorded_stores
from gld_shared.store.parts import AnyStore
from gld_shared.tables import Table, first_rows, read_list
from gld_shared.tables.kinds import BOX
from gld_shared.text_encoding import shown

OPTION = "--list"
_SIDES: tuple[Side, Side] = ("queries", "index")
_COLUMNS = ("id", "path", "landmark", "country", "continent", *BOX)


def _no_rows() -> pl.DataFrame:
    return pl.DataFrame(schema={"id": pl.String, "path": pl.String})


@dataclass(frozen=True)
class ListedImages:
    """Rows of lists: id, path, and landmark, country, continent and box where a list has them.

    ``tables`` are the lists as they were read, without their rows. ``unreadable`` are the ids that
    stores left out, by the tables that say why.
    """

    rows: pl.DataFrame = field(default_factory=_no_rows)
    tables: Sequence[Table] = ()
    unreadable: Mapping[Path, Sequence[str]] = field(default_factory=dict)

    def unreadable_notes(self, noun: str) -> list[str]:
        """Return a sentence about the images of each table of unreadable ones."""
        return [
            f"{counted(len(ids), noun)} could not be read, and {'is' if len(ids) == 1 else 'are'} "
            f"left out: {first_few([shown(image) for image in ids])}. {shown(str(table))} says why."
            for table, ids in self.unreadable.items()
        ]

    def column(self, ids: Sequence[str] | pl.Series, name: str) -> list[str]:
        """Return a column's text for each id, "" for an image or a column that no list has."""
        if name not in self.rows.columns:
            return [""] * len(ids)
        known = dict(zip(self.rows["id"], self.rows[name].fill_null(""), strict=True))
        return [known.get(image, "") for image in ids]


def read_listed(
    lists: Sequence[str], wanted: Collection[str], recorded: Sequence[RecordedList] = ()
) -> ListedImages:
    """Read the rows of the wanted ids from lists; the first row of an id counts.

    ``recorded`` are lists that stores name, which must not have changed since. Memory: the largest
    list, the wanted rows, and the ids of unreadable images. Raises DataError for a file that is not
    a list.
    """
    ids = pl.Series(list(wanted), dtype=pl.String).implode()
    parts, tables = [_no_rows()], []
    made_from_it = {each.path: each.store for each in recorded}
    for path in lists:
        table = _read(path, made_from_it.get(path))
        kept = [column for column in _COLUMNS if column in table.rows.columns]
        parts.append(table.rows.filter(pl.col("id").is_in(ids)).select(kept))
        tables.append(replace(table, rows=table.rows.clear()))
    refuse_changed(recorded, tables, OPTION)
    unreadable = {
        skipped_table(store): read_skipped(store)
        for store in dict.fromkeys(each.store for each in recorded)
    }
    found = {table: ids for table, ids in unreadable.items() if ids}
    return ListedImages(first_rows(pl.concat(parts, how="diagonal")), tables, found)


def _read(path: str, store: Path | None) -> Table:
    """Read a list, which a store may record."""
    try:
        return read_list(path)
    except DataError as error:
        if store is None:
            raise
        raise DataError(
            f"{error}; {store} was made from it, so restore it, or name the lists of queries and "
            f"index with {OPTION}"
        ) from error


def lists_of_stores(ranking: Ranking) -> list[RecordedList]:
    """Return the lists that the stores of a ranking were made from.

    Raises DataError when it names no stores, and when they are not there or record no lists.
    """
    if not all(recorded_stores(ranking.header, side) for side in _SIDES):
        raise DataError(
            f"{display_name(ranking.path)}: names no stores, so the images' paths are unknown; "
            f"name the lists of queries and index with {OPTION}"
        )
    stores = [_opened(ranking, side) for side in _SIDES]
    return recorded_lists(stores, OPTION)


def _opened(ranking: Ranking, side: Side) -> AnyStore:
    try:
        return open_first_store(ranking, side)
    except DataError as error:
        raise DataError(f"{error}; or name the lists of queries and index with {OPTION}") from error
