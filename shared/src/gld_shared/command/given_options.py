"""Which options the user gave, so that those without an effect can be refused."""

import click
from click.core import ParameterSource


def is_given(option: str) -> bool:
    """Return whether an option of the running command, such as ``--memory``, was given."""
    context = click.get_current_context()
    name = next(each.name for each in context.command.params if option in each.opts)
    return context.get_parameter_source(str(name)) is not ParameterSource.DEFAULT
