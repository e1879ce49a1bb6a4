"""The first line of a table: ``#`` and one JSON object."""

import json
from pathlib import Path
from typing import Any

from gld_shared.errors import DataError
from gld_shared.files import display_name, empty_input, open_input
from gld_shared.text_encoding import without_mark


def read_header(source: str | Path) -> dict[str, Any]:
    """Read the header of a table of any kind; ``-`` is standard input.

    The result is empty where there is no header. Raises DataError for an empty input, and for a
    header that is not JSON.
    """
    with open_input(source) as stream:
        line = stream.readline()
    if not line:
        raise empty_input(source)
    name = display_name(source)
    return parse_header(without_mark(line, name), name)


def parse_header(line: bytes, name: str) -> dict[str, Any]:
    """Parse the first line of a table; the result is empty where that is no header.

    ``name`` is for messages. Raises DataError for ``#`` without JSON after it.
    """
    if not line.startswith(b"#"):
        return {}
    try:
        header = json.loads(line[1:])
    except ValueError as error:
        raise DataError(f"{name}:1: the header after # is not JSON: {error}") from error
    return header if isinstance(header, dict) else {}
