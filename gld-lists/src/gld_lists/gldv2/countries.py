"""Countries and continents of the landmarks, from the country files beside the metadata.

The folder holds ``country_codes.json`` (a list of codes, or an object with the codes as keys), a
``CODE.json`` for each code (a list of objects whose ``name`` is a category) and
``continent_codes.csv``.
"""

import re
import stat
from pathlib import Path
from typing import Any, TypedDict, TypeVar

import polars as pl
from gld_shared.errors import DataError
from gld_shared.file_kinds import kind_of
from gld_shared.json_parser import MAXIMUM_BYTES, parse_json

from gld_lists.gldv2.csv_files import find, read_columns

_CODE, _CONTINENT = "Two_Letter_Country_Code", "Continent_Name"
# Google's code for landmarks of no country, and Kosovo's, which the table of continents lacks.
_FIXED = {"OTHER": "OTHER", "XK": "Europe"}
_PLAIN_CODE = re.compile("[A-Za-z]+")
_AGAIN = "download the file again"
T = TypeVar("T")


class Category(TypedDict):
    """An entry of a country's file: a category of Wikimedia Commons, and other keys."""

    name: str


def landmark_countries(folder: Path) -> pl.DataFrame:
    """Read the country and continent of each category: ``landmark``, ``country``, ``continent``.

    The last file that names a category counts, and the last row of a code with several continents,
    as in the reference recipe. Raises DataError for a missing or broken file.
    """
    codes = _codes(folder / "country_codes.json")
    continents = _continents(folder)
    country_of: dict[str, str] = {}
    for code in codes:
        country_of.update(dict.fromkeys(_categories(folder / f"{code}.json"), code))
    unknown = sorted({code for code in country_of.values() if code not in continents})
    if unknown:
        raise DataError(
            f"{folder / 'continent_codes.csv'}: no continent for {', '.join(unknown)}; "
            f"add a line with {_CONTINENT} and {_CODE} for each"
        )
    return pl.DataFrame(
        {
            "landmark": list(country_of),
            "country": list(country_of.values()),
            "continent": [continents[code] for code in country_of.values()],
        },
        schema=dict.fromkeys(("landmark", "country", "continent"), pl.String),
    )


def refuse_long_files(folder: Path) -> None:
    """Raise DataError for a country file that is too long, before anybody reads or hashes it."""
    table = find(folder, "continent_codes.csv")
    for path in [*([table] if table else []), *sorted(folder.glob("*.json"))]:
        size = path.stat().st_size if path.is_file() else 0
        if size > MAXIMUM_BYTES:
            kind = "JSON" if path.suffix == ".json" else "CSV"
            raise DataError(
                f"{path}: {size:,} bytes of {kind}, expected at most {MAXIMUM_BYTES:,}; {_AGAIN}"
            )


def _continents(folder: Path) -> dict[str, str]:
    path = find(folder, "continent_codes.csv")
    if path is None:
        raise DataError(
            f"{folder / 'continent_codes.csv'}: missing; expected the table of country and "
            "continent codes beside country_codes.json"
        )
    # The code NA is Namibia, not a missing value.
    rows = read_columns(path, [_CONTINENT, _CODE], may_be_empty=[_CODE])
    named = rows.filter(pl.col(_CODE).is_not_null())
    return dict(zip(named[_CODE], named[_CONTINENT], strict=True)) | _FIXED


def _codes(path: Path) -> list[str]:
    either: Any = list[str] | dict[str, Any]
    codes: list[str] = list(_load(path, either))
    wrong = next((code for code in codes if not _PLAIN_CODE.fullmatch(code)), None)
    if wrong is not None:
        # A file is named by its code.
        raise DataError(f"{path}: code {wrong!r}, expected letters, such as DE; {_AGAIN}")
    return codes


def _categories(path: Path) -> list[str]:
    return [category["name"] for category in _load(path, list[Category])]


def _load(path: Path, contract: type[T]) -> T:
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            # A thread that waits for a pipe's writer would keep the process from ending.
            raise DataError(f"{path}: {kind_of(mode)}, expected a regular file; {_AGAIN}")
        with path.open("rb") as stream:
            return parse_json(stream.read(MAXIMUM_BYTES + 1), str(path), contract, _AGAIN)
    except FileNotFoundError as error:
        raise DataError(
            f"{path}: missing; expected one file per code of country_codes.json"
            if path.name != "country_codes.json"
            else f"{path}: missing; expected the list of country codes"
        ) from error
