"""The paths of stores, as gld-embed prints them and the next command reads them."""

import sys
from collections.abc import Iterable
from pathlib import Path

from gld_shared.errors import DataError
from gld_shared.files import STDIO, empty_input


def store_paths(names: Iterable[str]) -> list[str]:
    """The names, with the lines of standard input in the place of ``-``.

    Raises DataError when it is empty, or when a line names nothing that is there.
    """
    return [path for name in names for path in (_from_stdin() if name == STDIO else [name])]


def _from_stdin() -> list[str]:
    paths = [line.strip() for line in sys.stdin if line.strip()]
    if not paths:
        raise empty_input(STDIO)
    for path in paths:
        if not Path(path).exists():
            raise DataError(
                f"standard input: {path!r} is no embedding store; "
                "expected the path that gld-embed prints, one a line"
            )
    return paths
