"""What a command records of itself, and the path that it hands to the next."""

import os
from importlib.metadata import version

import click

from gld_shared import history

DISTRIBUTION_VERSION = version("gld-shared")
# They change nothing in the bytes of an output.
_NOT_RECORDED = {"output", "workers", "processes", "engine", "plot"}


def history_for(*inputs: history.Input) -> history.History:
    """Merge the histories of the inputs, and add this command's own step.

    The recorded arguments leave out the options that change no byte of the output: its own path,
    verbosity, the number of workers and processes.
    """
    context = click.get_current_context()
    path, arguments = context.command_path.split(), _recorded_arguments(context)
    entries = [history.input_entry(one.path, one.sha256) for one in inputs]
    own = history.step(path[0], DISTRIBUTION_VERSION, [*path[1:], *arguments], entries)
    return history.extend((one.history for one in inputs), own)


def _recorded_arguments(context: click.Context) -> list[str]:
    """The command's parameters as they took effect, in the order they are declared."""
    recorded: list[str] = []
    for parameter in context.command.params:
        value = context.params.get(str(parameter.name))
        name = str(parameter.name)
        if name in _NOT_RECORDED or value is None or value is False or value == ():
            continue
        if context.get_parameter_source(name) == click.core.ParameterSource.DEFAULT:
            continue
        values = list(value) if isinstance(value, tuple) else [value]
        if isinstance(parameter, click.Argument):
            recorded += [str(one) for one in values]
        elif value is True:
            recorded.append(parameter.opts[-1])
        else:
            recorded += [part for one in values for part in (parameter.opts[-1], str(one))]
    return recorded


def print_path(path: str | os.PathLike[str]) -> None:
    """Print the path of a finished output: one line, which the next command reads."""
    click.echo(os.fspath(path))
