"""Checking that the files which a table was made from have not changed."""

from gld_shared.errors import DataError
from gld_shared.files import display_name
from gld_shared.provenance import History, verify
from gld_shared.tables import read_header


def verify_history(source: str) -> list[str]:
    """Name the files of a table's history that are missing or changed, nearest to the table first.

    Takes any table that has a header; ``-`` is standard input. Raises DataError when the table
    records no history.
    """
    return verify(read_history(source))


def read_history(source: str) -> History:
    """Read the history in a table's first line, oldest step first."""
    history = read_header(source).get("history")
    if not history:
        raise DataError(
            f"{display_name(source)}:1: no history; "
            "expected a header line '#{...}' as the gld commands write it"
        )
    return list(history)
