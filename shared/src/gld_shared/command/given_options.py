"""Which options the user gave, so that those without an effect can be refused."""

import click
from click.core import ParameterSource

from gld_shared.work.engines.names import RAY

_CHOSEN_BY_RAY = ("-j", "--gpus", "--device")


def is_given(option: str) -> bool:
    """Return whether an option of the running command, such as ``--memory``, was given."""
    context = click.get_current_context()
    name = next(each.name for each in context.command.params if option in each.opts)
    return context.get_parameter_source(str(name)) is not ParameterSource.DEFAULT


def refuse_what_ray_chooses(engine: str) -> None:
    """Raise UsageError for an option of the running command that ``--engine ray`` would ignore."""
    for option in _CHOSEN_BY_RAY:
        if engine == RAY and is_given(option):
            raise click.UsageError(
                f"{option} does not go with --engine ray, which starts a process for each GPU of "
                f"the cluster, or for each machine without any, and uses all cores; leave out "
                f"{option}"
            )
