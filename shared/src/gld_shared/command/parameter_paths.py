"""The paths that a command line gives, each with its option or argument."""

from collections.abc import Iterator
from typing import NamedTuple

import click


class NamedPath(NamedTuple):
    """A path, and the option or argument that gives it; "" if none does."""

    path: str
    parameter: str
    type: click.Path | None


def paths_of(context: click.Context, kind: type[click.Path]) -> Iterator[NamedPath]:
    """Yield the paths of the parameters of one type, in the order of the help."""
    for parameter in context.command.params:
        if not isinstance(parameter.type, kind):
            continue
        value = context.params.get(str(parameter.name))
        for path in value if isinstance(value, tuple) else (value,):
            if path is not None:
                yield NamedPath(path, _name_of(parameter), parameter.type)


def _name_of(parameter: click.Parameter) -> str:
    if isinstance(parameter, click.Argument):
        return parameter.human_readable_name.strip("[].")
    return parameter.opts[0]
