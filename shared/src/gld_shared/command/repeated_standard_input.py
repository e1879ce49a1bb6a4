"""Refusing to read standard input as two inputs: the second would be empty."""

import click

from gld_shared.command.parameter_paths import paths_of
from gld_shared.command.path_types import InputPath
from gld_shared.output_targets import STDIO


def refuse_repeated_standard_input(context: click.Context) -> None:
    """Raise click.UsageError when two inputs of a command are ``-``."""
    readers = [named.parameter for named in paths_of(context, InputPath) if named.path == STDIO]
    if len(readers) > 1:
        one, other = readers[:2]
        both = f"twice in {one}" if one == other else f"as both {one} and {other}"
        raise click.UsageError(
            f"- is standard input, which can be read once, not {both}", ctx=context
        )
