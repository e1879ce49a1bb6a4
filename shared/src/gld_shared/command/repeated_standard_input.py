"""Refusing to read standard input as two inputs: the second would be empty."""

import click

from gld_shared.command.parameter_paths import paths_of
from gld_shared.command.path_types import InputPath
from gld_shared.errors import DataError
from gld_shared.output_targets import STDIO


def refuse_repeated_standard_input(context: click.Context) -> None:
    """Raise DataError when two inputs of a command are ``-``."""
    readers = [named.parameter for named in paths_of(context, InputPath) if named.path == STDIO]
    if len(readers) > 1:
        one, other = readers[:2]
        both = f"is twice among {one}" if one == other else f"is both {one} and {other}"
        raise DataError(f"standard input: {both}, and can be read once; name a file for the other")
