"""The end of a command: an exit code, and one line on stderr for an error."""

import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click
from click.shell_completion import CompletionItem

from gld_shared.command.garbage_collection import collect_seldom
from gld_shared.command.messages import say, say_error, say_traceback, say_usage_error
from gld_shared.command.standard_streams import discard_unwritable, replace_closed
from gld_shared.errors import DataError
from gld_shared.faults import Fault, is_panic, readable
from gld_shared.text_encoding import refuse_other_names
from gld_shared.work.end_signals import Ended, raising_ended


class _ClosedPipe(Exception):
    """The reader of standard output is gone; click would treat this as a failure."""


class _ReportedFault(Fault):
    """A fault whose message also names the command, and asks to report it."""


class ErrorHandling:
    """Turn errors into one line and an exit code, for commands and groups.

    Errors of data and of the machine, DataError and OSError, are lines for the user. Any other
    exception is a fault of gld: its line says so, and names the command, the kind of the exception
    and the file at hand. The exit code of both is 1; ``-vv`` shows their tracebacks. SIGTERM and
    SIGHUP end a command as Ctrl-C does, with cleaning up, and exit codes 143 and 129.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the command line, and print ``--help``."""
        with _readable_errors(str(ctx.info_name)):
            rest: list[str] = super().parse_args(ctx, args)  # type: ignore[misc]
        return rest

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command's function."""
        with _readable_errors(str(ctx.info_name), ctx):
            return super().invoke(ctx)  # type: ignore[misc]

    def main(self, args: Sequence[str] | None = None, *_: Any, **extra: Any) -> Any:
        """Run the command line; always ends in SystemExit when standalone."""
        arguments = list(sys.argv[1:] if args is None else args)
        standalone = extra.pop("standalone_mode", True)
        replace_closed()
        collect_seldom()
        try:
            refuse_other_names(arguments)
            extra["prog_name"] = self.name  # type: ignore[attr-defined]
            with raising_ended():
                super().main(arguments, standalone_mode=False, **extra)  # type: ignore[misc]
                with _readable_errors(extra["prog_name"]):
                    sys.stdout.flush()
        except click.exceptions.Exit as error:
            _leave(error.exit_code, standalone)
        except click.ClickException as error:
            say_usage_error(error)
            _leave(error.exit_code, standalone)
        except (click.Abort, KeyboardInterrupt):
            say("Error: interrupted")
            _leave(130, standalone)
        except Ended as error:
            say_error(error)
            _leave(error.exit_code, standalone)
        except _ClosedPipe:
            # For example | head.
            discard_unwritable()
            _leave(0, standalone)
        except (DataError, Fault) as error:
            discard_unwritable()
            if _asks_for_traceback(arguments):
                say_traceback(error)
            say_error(error)
            _leave(1, standalone)
        else:
            _leave(0, standalone)


@contextmanager
def _readable_errors(command: str, ctx: click.Context | None = None) -> Iterator[None]:
    """Raise DataError or Fault, with a line for the user, for any error in the block."""
    try:
        yield
    except (click.ClickException, click.Abort, click.exceptions.Exit):
        raise
    except BrokenPipeError as error:
        raise _ClosedPipe from error
    except BaseException as error:
        if not (isinstance(error, Exception) or is_panic(error)):
            raise
        if isinstance(error.__cause__, Ended | KeyboardInterrupt):
            # While a class is made, Python turns any exception into a RuntimeError.
            raise error.__cause__ from None
        line = readable(error)
        if isinstance(line, DataError | _ReportedFault):
            if line is error:
                raise
            raise line from error
        name = f"{command} {ctx.invoked_subcommand}" if ctx and ctx.invoked_subcommand else command
        raise _ReportedFault(
            f"{name}: {line}; this is a fault of gld, not of its input: please report it with the "
            "traceback, which -vv shows"
        ) from error


class Command(ErrorHandling, click.Command):
    """A command without sub-commands."""


class Group(ErrorHandling, click.Group):
    """A command with sub-commands, of which one may be the default."""

    default_command: str | None = None

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Insert the default sub-command unless the command line begins with a sub-command.

        Only the first argument can name one: all options but the group's own (``--help``,
        ``--version``) belong to a sub-command, so later arguments may be their values.
        """
        own = {
            name
            for parameter in self.get_params(ctx)
            for name in parameter.opts
            if not getattr(parameter, "hidden", False)
        }
        # A shell that completes the first word asks without arguments: it may name a sub-command.
        is_first_word = ctx.resilient_parsing and not args
        names = {*self.commands, *own}
        if self.default_command and not is_first_word and (not args or args[0] not in names):
            args = [self.default_command, *args]
        return super().parse_args(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete a sub-command or the group's options; else a file, for the default command."""
        found = super().shell_complete(ctx, incomplete)
        if found or self.default_command is None or incomplete.startswith("-"):
            return found
        return [CompletionItem(incomplete, type="file")]


class _MainCommandFirst(click.Group):
    """A group whose own options and arguments are read, unless a sub-command is called."""

    allow_interspersed_args = True
    allow_extra_args = False

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        # A shell completes the arguments of a sub-command from that sub-command's context.
        if extra.get("resilient_parsing") and args and args[0] in self.commands:
            inner = f"{info_name} {args[0]}"
            return self.commands[args[0]].make_context(inner, args[1:], parent, **extra)
        return super().make_context(info_name, args, parent, **extra)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] in self.commands:
            ctx.invoked_subcommand, ctx.args = args[0], args[1:]
            return ctx.args
        return click.Command.parse_args(self, ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        name = ctx.invoked_subcommand
        if name is None:
            return click.Command.invoke(self, ctx)
        # With a parent, the sub-command's path in usage and history would hold the arguments here.
        with self.commands[name].make_context(f"{ctx.info_name} {name}", ctx.args) as inner:
            return inner.command.invoke(inner)

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        return click.Command.collect_usage_pieces(self, ctx)


class CommandWithSubcommands(ErrorHandling, _MainCommandFirst):
    """A command of its own that also has sub-commands: the first argument may name one.

    Its help shows its options and lists the sub-commands. Its history does not name a sub-command.
    """


def _asks_for_traceback(arguments: Sequence[str]) -> bool:
    letters = sum(each.count("v") for each in arguments if re.fullmatch("-[vq]+", each))
    return letters + arguments.count("--verbose") > 1


def _leave(code: int, standalone: bool) -> None:
    if standalone or code:
        sys.exit(code)
