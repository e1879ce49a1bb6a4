"""Checking that the files which a table was made from have not changed."""

from typing import BinaryIO

from gld_shared.errors import DataError
from gld_shared.files import display_name, open_input
from gld_shared.json_parser import MAXIMUM_BYTES, parse_json
from gld_shared.neighbours.forms import is_zarr
from gld_shared.provenance import History
from gld_shared.tables.json_header import Header, header_of
from gld_shared.verification import verify, verify_chunks


def verify_history(source: str) -> list[str]:
    """Name the files of a table's history that are missing or changed, nearest to the table first.

    Takes any table that has a header, scores as JSON, or neighbours as Zarr, which are checked too;
    ``-`` is standard input. Files are read in threads: see ``verification``. Raises
    DataError when it records no history, and when the neighbours are damaged.
    """
    history = read_history(source)
    return [*(verify_chunks(source) if is_zarr(source) else []), *verify(history)]


def read_history(source: str) -> History:
    """Read the history of a table, scores as JSON, or neighbours as Zarr, oldest step first."""
    if is_zarr(source):
        # Imported here: a table needs no zarr.
        from gld_shared.neighbours import open_arrays

        arrays = open_arrays(source)
        arrays.verify()
        return arrays.history
    name = display_name(source)
    with open_input(source) as stream:
        line = stream.readline(MAXIMUM_BYTES)
        if line.lstrip().startswith(b"{"):
            history = _json_header(line, stream, name).get("history")
            expected = f"{name}: no history; expected scores as gld-eval --format json writes them"
        elif line.startswith(b"|"):
            raise DataError(
                f"{name}: Markdown, which holds no history; verify the scores as TSV or JSON"
            )
        else:
            history = header_of(line, source).get("history")
            expected = (
                f"{name}:1: no history; "
                "expected a header line '#{...}' as the gld commands write it"
            )
    if not history:
        raise DataError(expected)
    return list(history)


def _json_header(line: bytes, stream: BinaryIO, name: str) -> Header:
    """Parse the keys before the rows of scores, or a whole object that is on fewer lines."""
    text = b""
    while line and len(text) <= MAXIMUM_BYTES:
        if line.strip().startswith(b'"scores":'):
            text = text.rstrip().removesuffix(b",") + b"}"
            break
        text += line
        line = stream.readline(MAXIMUM_BYTES)
    again = "the scores are damaged, copy or make them again"
    return parse_json(text, f"{name}: header", Header, again)
