"""Recording a command in the history of its output."""

from collections.abc import Collection
from typing import Any

import click

from gld_shared.command.overwritten_inputs import refuse_overwritten_inputs
from gld_shared.provenance import History, Input, history_of

# These options change no byte of an output; a network's vectors depend on the device, but their
# nearest neighbours do not.
_NOT_RECORDED = {
    "output", "workers", "processes", "engine", "device", "memory", "plot", "resume", "overwrite",
    "onnx", "tensorboard", "keypoints", "report", "pictures", "query_pictures", "picture_lists",
    "skips_pictures", "shown_queries",
}  # fmt: skip

_NOT_SETTINGS = {"-k", "--device", "--explain"}


def history_for(*inputs: Input, recorded: Collection[str] = ()) -> History:
    """Merge the histories of the inputs, and add this command's own step.

    The recorded arguments exclude options that change no byte of the output, such as its path, the
    verbosity, the memory, and the number of workers and processes; ``recorded`` names parameters
    that are recorded nevertheless, because they do change this output. Raises DataError when an
    output of the command is one of the inputs.
    """
    context = click.get_current_context()
    refuse_overwritten_inputs(context, *(str(source.path) for source in inputs))
    path, arguments = context.command_path.split(), _recorded_arguments(context, recorded)
    return history_of(path[0], [*path[1:], *arguments], inputs)


def settings_of_subcommand() -> dict[str, Any]:
    """Return the sub-command's name as ``method``, and the values of its options by their names.

    Not those that change no byte of the output, nor ``-k`` and the device: neighbours name k
    themselves, and devices compute the same.
    """
    context = click.get_current_context()
    options = {
        max(parameter.opts, key=len).removeprefix("--"): context.params[str(parameter.name)]
        for parameter in context.command.params
        if isinstance(parameter, click.Option)
        and parameter.name in context.params
        and parameter.name not in _NOT_RECORDED
        and not _NOT_SETTINGS.intersection(parameter.opts)
    }
    return {"method": context.info_name, **options}


def _recorded_arguments(context: click.Context, more: Collection[str]) -> list[str]:
    """Return the arguments of the command line as they took effect, in order of declaration."""
    recorded: list[str] = []
    left_out = _NOT_RECORDED.difference(more)
    for parameter in context.command.params:
        value = context.params.get(str(parameter.name))
        name = str(parameter.name)
        if name in left_out or value is None or value is False or value == ():
            continue
        if context.get_parameter_source(name) == click.core.ParameterSource.DEFAULT:
            continue
        # The text of a value that a callback has parsed is what ``str`` returns.
        values = list(value) if parameter.multiple or parameter.nargs != 1 else [value]
        if isinstance(parameter, click.Argument):
            recorded += map(str, values)
        elif value is True:
            recorded.append(parameter.opts[-1])
        else:
            recorded += [part for item in values for part in (parameter.opts[-1], str(item))]
    return recorded
