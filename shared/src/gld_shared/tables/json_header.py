"""The first line of a table: ``#`` and one JSON object."""

from pathlib import Path
from typing import Any, NotRequired, TypedDict

from gld_shared.files import display_name, empty_input, open_input
from gld_shared.json_parser import MAXIMUM_BYTES, parse_json
from gld_shared.provenance import History
from gld_shared.text_encoding import refuse_old_line_ends, without_mark

_AGAIN = "the table is damaged, copy or make it again"


class Header(TypedDict):
    """The keys that any table may have; each kind has others."""

    format: NotRequired[str]
    history: NotRequired[History]


def read_header(source: str | Path) -> dict[str, Any]:
    """Read the header of a table of any kind; ``-`` is standard input.

    The result is empty where there is no header. Raises DataError as ``header_of`` does.
    """
    with open_input(source) as stream:
        return header_of(stream.readline(MAXIMUM_BYTES), source)


def header_of(line: bytes, source: str | Path) -> dict[str, Any]:
    """Parse the first line that was read of a source; the result is empty where it is no header.

    Raises DataError for an empty input, and as ``parse_header`` does.
    """
    if not line:
        raise empty_input(source)
    name = display_name(source)
    line = without_mark(line, name)
    refuse_old_line_ends(line, name, 1)
    return parse_header(line, name)


def parse_header(line: bytes, name: str) -> dict[str, Any]:
    """Parse the first line of a table; the result is empty where that is no header.

    ``name`` is for messages. Raises DataError for ``#`` without a JSON object of the right types.
    """
    if not line.startswith(b"#"):
        return {}
    return {**parse_json(line[1:].rstrip(), f"{name}:1: header", Header, _AGAIN)}
