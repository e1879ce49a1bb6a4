"""The paths of outputs that one command prints and the next one reads."""

import os
from collections.abc import Iterable
from pathlib import Path

import click

from gld_shared.errors import DataError
from gld_shared.files import display_name, empty_input
from gld_shared.output_targets import STDIO
from gld_shared.standard_streams import standard_input
from gld_shared.text_encoding import refuse_other_names, shortened, shown, without_mark


def print_path(path: str | os.PathLike[str]) -> None:
    """Print the path of a finished output on a line of its own."""
    # The next command needs the exact path: without ``color``, click drops escape sequences.
    click.echo(os.fspath(path), color=True)


def store_paths(names: Iterable[str]) -> list[str]:
    """Return paths of stores, with ``-`` replaced by the lines of standard input.

    Raises DataError when standard input is empty, or a line is not UTF-8 or names nothing that
    exists.
    """
    return [path for name in names for path in (_from_stdin() if name == STDIO else [name])]


def _from_stdin() -> list[str]:
    text = without_mark(standard_input().read(), display_name(STDIO))
    paths = [os.fsdecode(line.strip()) for line in text.split(b"\n") if line.strip()]
    if not paths:
        raise empty_input(STDIO)
    refuse_other_names(paths)
    for path in paths:
        if not Path(path).exists():
            raise DataError(
                f"standard input: '{shown(shortened(path, 100))}' is not an embedding store; "
                "expected the path that gld-embed prints, one a line"
            )
    return paths
