"""Does a result still follow from the files that it was made from?"""

import json
from typing import Any

from gld_shared.errors import DataError
from gld_shared.files import STDIO, open_input
from gld_shared.history import verify


def verify_history(source: str) -> list[str]:
    """The files of a table's history that no longer match, nearest to the table first.

    Works on any table that has a header; ``-`` is standard input. Raises DataError when the
    table records no history.
    """
    return verify(read_history(source))


def read_history(source: str) -> list[dict[str, Any]]:
    """The history in a table's first line, oldest step first."""
    name = "standard input" if source == STDIO else source
    with open_input(source) as stream:
        line = stream.readline()
    if not line:
        hint = "; did the command before it fail?" if source == STDIO else ""
        raise DataError(f"{name}: empty{hint}")
    try:
        header = json.loads(line[1:]) if line.startswith(b"#") else {}
    except ValueError as error:
        raise DataError(f"{name}:1: the header after # is not JSON: {error}") from error
    history = header.get("history") if isinstance(header, dict) else None
    if not history:
        raise DataError(
            f"{name}:1: no history; expected a header line '#{{...}}' as the gld commands write it"
        )
    return list(history)
