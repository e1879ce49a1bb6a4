"""Download the country files: the landmarks of each country, and the countries' continents."""

import json
import logging
from functools import partial
from pathlib import Path

from gld_shared.files import atomic_file
from gld_shared.json_parser import MAXIMUM_BYTES, JsonFault, json_value

from gld_lists.downloading import parallel
from gld_lists.downloading.continents import continent_table, country_codes
from gld_lists.downloading.requests import NotPublished, TransferError
from gld_lists.downloading.retries_and_stop import Session
from gld_lists.downloading.transfer import disk, fetch
from gld_lists.gldv2.countries import Category

log = logging.getLogger(__name__)

_CODES = "country_codes.json"


def countries_done(folder: Path) -> bool:
    """Return whether all country files are complete; the list of codes is written last."""
    return (folder / _CODES).exists()


def fetch_countries(folder: Path, base: str, workers: int, session: Session) -> None:
    """Fetch ``folder/CODE.json`` for every country that has one, then write the two tables.

    ``session.received`` counts files, not bytes. Raises DataError with all failures, or when no
    country has a file.
    """
    codes = country_codes()
    jobs = [partial(_fetch, folder / f"{code}.json", f"{base}/{code}.json") for code in codes]
    parallel.run(jobs, workers, session)
    found = [code for code in codes if (folder / f"{code}.json").exists()]
    if not found:
        raise TransferError(f"{base}: no country files; expected {codes[0]}.json, check --base-url")
    if len(found) < len(codes):
        missing = ", ".join(code for code in codes if code not in found)
        log.warning("%s: no file for %s; skipped", base, missing)
    with disk(folder):
        _write(folder / "continent_codes.csv", continent_table())
        _write(folder / _CODES, json.dumps(found) + "\n")


def _fetch(target: Path, url: str, session: Session) -> None:
    if not target.exists():
        try:
            fetch(url, target, _wrong, session.uncounted(), MAXIMUM_BYTES)
        except NotPublished as error:
            log.debug("%s", error)
    session.received(1)


def _wrong(path: Path) -> str | None:
    try:
        json_value(path.read_bytes(), list[Category])
    except JsonFault as fault:
        return str(fault)
    return None


def _write(path: Path, text: str) -> None:
    with atomic_file(path, sync=True) as stream:
        stream.write(text.encode())
