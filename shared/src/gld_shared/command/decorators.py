"""Turning functions into commands: ``tool``, or one of two kinds with ``subcommand``s."""

from collections.abc import Callable
from typing import Any

import click

from gld_shared.command.error_handling import Command, CommandWithSubcommands, Group
from gld_shared.command.interruptible_waits import let_interrupts_through
from gld_shared.command.least_limits import refuse_low_limits
from gld_shared.command.overwritten_inputs import refuse_overwritten_inputs
from gld_shared.command.repeated_standard_input import refuse_repeated_standard_input
from gld_shared.command.verbosity import less_log, more_log, set_up_log, verbosity
from gld_shared.command.version_option import VersionOption

CommandFunction = Callable[..., Any]
_SETTINGS: dict[str, Any] = {
    "context_settings": {"help_option_names": ["-h", "--help"], "max_content_width": 80}
}


def tool(name: str, epilog: str | None = None) -> Callable[[CommandFunction], click.Command]:
    """Make a function the command ``name``; ``epilog`` is an example to paste."""

    def decorate(function: CommandFunction) -> click.Command:
        decorated = click.command(name, cls=Command, epilog=_verbatim(epilog), **_SETTINGS)(
            function
        )
        _add_common(decorated, name)
        return decorated

    return decorate


def tool_with_subcommands(
    name: str, epilog: str | None = None
) -> Callable[[CommandFunction], click.Group]:
    """Make a function the command ``name``, to which ``subcommand`` adds others.

    The function runs unless the first argument is the name of a sub-command.
    """

    def decorate(function: CommandFunction) -> click.Group:
        decorated = click.group(
            name,
            cls=CommandWithSubcommands,
            invoke_without_command=True,
            epilog=_verbatim(epilog),
            **_SETTINGS,
        )(function)
        _add_common(decorated, name)
        return decorated

    return decorate


def tool_group(
    name: str, default: str | None = None, epilog: str | None = None
) -> Callable[[CommandFunction], click.Group]:
    """Make a function the group ``name``; its sub-commands are added with ``subcommand``."""

    def decorate(function: CommandFunction) -> click.Group:
        group = click.group(name, cls=Group, epilog=_verbatim(epilog), **_SETTINGS)(function)
        group.default_command = default
        group.params += [VersionOption(name), _more_version()]
        return group

    return decorate


def subcommand(
    group: click.Group, name: str, epilog: str | None = None
) -> Callable[[CommandFunction], click.Command]:
    """Add a function to a group as its sub-command ``name``."""

    def decorate(function: CommandFunction) -> click.Command:
        decorated = group.command(name, epilog=_verbatim(epilog), **_SETTINGS)(function)
        _add_common(decorated, str(group.name))
        return decorated

    return decorate


def _verbatim(epilog: str | None) -> str | None:
    """Mark the text with \\b, so that click does not rewrap its lines."""
    return None if epilog is None else "\b\n" + epilog.strip("\n")


def _add_common(command: click.Command, tool_name: str) -> None:
    command.params += [
        click.Option(["-v", "--verbose"], count=True, expose_value=False, callback=more_log,
                     help="Say more; twice for debugging."),
        click.Option(["-q", "--quiet"], is_flag=True, expose_value=False, callback=less_log,
                     help="Errors only, no progress."),
        VersionOption(tool_name),
    ]  # fmt: skip
    inner = command.callback

    def run(*args: Any, **kwargs: Any) -> Any:
        context = click.get_current_context()
        set_up_log(tool_name, verbosity(context))
        let_interrupts_through()
        refuse_low_limits(tool_name)
        refuse_repeated_standard_input(context)
        refuse_overwritten_inputs(context)
        assert inner is not None
        return inner(*args, **kwargs)

    command.callback = run


def _more_version() -> click.Option:
    """Return a ``-v`` of groups, for ``--version -v``: their sub-commands have one of their own."""

    def refuse(context: click.Context, _: click.Parameter, count: int) -> None:
        if count:
            raise click.NoSuchOption("-v", ctx=context)

    return click.Option(
        ["-v", "--verbose"], count=True, hidden=True, expose_value=False, callback=refuse
    )
