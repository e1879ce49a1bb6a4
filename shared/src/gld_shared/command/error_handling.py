"""The end of a command: an exit code, and one line on stderr for an error."""

import os
import sys
import traceback
from collections.abc import Sequence
from typing import Any

import click

from gld_shared.errors import DataError
from gld_shared.out_of_memory import is_out_of_memory
from gld_shared.text_encoding import refuse_other_names, shown


class _ClosedPipe(Exception):
    """The reader of standard output is gone; click would treat this as a failure."""


class ErrorHandling:
    """Turn errors into one line and an exit code, for commands and groups."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command's function."""
        try:
            return super().invoke(ctx)  # type: ignore[misc]
        except BrokenPipeError as error:
            raise _ClosedPipe from error
        except EOFError as error:
            # click would take it for the end of what a user types.
            raise DataError(f"a file is cut short: {error}") from error
        except (MemoryError, RuntimeError, ImportError) as error:
            if not is_out_of_memory(error):
                raise
            raise DataError(
                f"the memory is too small ({_one_line(error)}); free memory, raise its limit "
                "(ulimit -v), or use a smaller input"
            ) from error

    def main(self, args: Sequence[str] | None = None, *_: Any, **extra: Any) -> Any:
        """Run the command line; always ends in SystemExit when standalone."""
        arguments = list(sys.argv[1:] if args is None else args)
        standalone = extra.pop("standalone_mode", True)
        try:
            refuse_other_names(arguments)
            extra["prog_name"] = self.name  # type: ignore[attr-defined]
            super().main(arguments, standalone_mode=False, **extra)  # type: ignore[misc]
            sys.stdout.flush()
        except click.exceptions.Exit as error:
            _leave(error.exit_code, standalone)
        except click.ClickException as error:
            error.show()
            _leave(error.exit_code, standalone)
        except (click.Abort, KeyboardInterrupt):
            _say("Error: interrupted")
            _leave(130, standalone)
        except _ClosedPipe:
            # For example | head. With stdout on /dev/null, the flush at exit succeeds.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            _leave(0, standalone)
        except (DataError, OSError) as error:
            if "-vv" in arguments or arguments.count("-v") > 1:
                traceback.print_exc()
            _say(f"Error: {_one_line(error)}")
            _leave(1, standalone)
        else:
            _leave(0, standalone)


class Command(ErrorHandling, click.Command):
    """A command without sub-commands."""


class Group(ErrorHandling, click.Group):
    """A command with sub-commands, of which one may be the default."""

    default_command: str | None = None
    command_class = click.Command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Insert the default sub-command unless the command line begins with a sub-command.

        Only the first argument can name one: all options but the group's own (``--help``,
        ``--version``) belong to a sub-command, so later arguments may be their values.
        """
        own = {name for parameter in self.get_params(ctx) for name in parameter.opts}
        if self.default_command and (not args or args[0] not in {*self.commands, *own}):
            args = [self.default_command, *args]
        return super().parse_args(ctx, args)


def _leave(code: int, standalone: bool) -> None:
    if standalone or code:
        sys.exit(code)


def _say(line: str) -> None:
    click.echo(shown(line), err=True)


def _one_line(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'file'}: {error.strerror}"
    return " ".join(str(error).split()) or type(error).__name__
