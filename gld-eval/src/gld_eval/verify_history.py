"""Checking that the files which a table was made from have not changed."""

from gld_shared.errors import DataError
from gld_shared.files import display_name
from gld_shared.neighbours.forms import is_zarr
from gld_shared.provenance import History
from gld_shared.tables import read_header
from gld_shared.verification import verify, verify_chunks


def verify_history(source: str) -> list[str]:
    """Name the files of a table's history that are missing or changed, nearest to the table first.

    Takes any table that has a header, or neighbours as Zarr, which are checked too; ``-`` is
    standard input. Files are read in threads: see ``verification``. Raises
    DataError when it records no history, and when the neighbours are damaged.
    """
    history = read_history(source)
    return [*(verify_chunks(source) if is_zarr(source) else []), *verify(history)]


def read_history(source: str) -> History:
    """Read the history in a table's first line, or of neighbours as Zarr, oldest step first."""
    if is_zarr(source):
        # Imported here: a table needs no zarr.
        from gld_shared.neighbours import open_arrays

        arrays = open_arrays(source)
        arrays.verify()
        return arrays.history
    history = read_header(source).get("history")
    if not history:
        raise DataError(
            f"{display_name(source)}:1: no history; "
            "expected a header line '#{...}' as the gld commands write it"
        )
    return list(history)
