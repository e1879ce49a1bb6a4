"""The check of a table's column names."""

from gld_shared.errors import DataError
from gld_shared.tables.kinds import Kind


def checked_names(columns: list[str], place: str, kind: Kind) -> list[str]:
    """Return column names in which a reader of this kind finds what it needs; others may be there.

    Raises DataError, which begins with ``place``, for a name that appears twice, for one that
    differs from a known column in case or spaces only, and for missing columns.
    """
    _refuse_repeats(columns, place)
    _refuse_near_misses(columns, place, kind)
    missing = [column for column in kind.required if column not in columns]
    if missing:
        raise DataError(
            f"{place}: missing column {', '.join(missing)}; "
            f"a {kind.format} table has {' '.join(kind.required)}, separated by tabs"
        )
    apart = [column for column in kind.together if column not in columns]
    if apart and len(apart) < len(kind.together):
        raise DataError(
            f"{place}: missing column {', '.join(apart)}; "
            f"{' '.join(kind.together)} must be present together or not at all"
        )
    return columns


def _refuse_repeats(columns: list[str], place: str) -> None:
    for last, column in enumerate(columns, start=1):
        first = columns.index(column) + 1
        if first < last:
            raise DataError(
                f"{place}: columns {first} and {last} are both named {column!r}; expected each "
                "name once, so rename one of them"
            )


def _refuse_near_misses(columns: list[str], place: str, kind: Kind) -> None:
    for number, column in enumerate(columns, start=1):
        meant = column.strip().lower()
        if meant in kind.columns and column != meant:
            raise DataError(
                f"{place}: column {number} is named {column!r}, expected {meant!r}; names are "
                "compared letter by letter, so write it so, or give other data another name"
            )
