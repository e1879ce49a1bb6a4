"""What all commands share: options, verbosity, errors, exit codes, progress, provenance.

Options and the tools that use them (the same letter means the same everywhere):

    -o  output            all
    -c  checkpoint        gld-embed
    -k  neighbours        gld-search gld-rerank
    -j  workers           gld-lists gld-train gld-embed
    --images              gld-train gld-embed
    --device              gld-train gld-embed gld-search
    --seed                gld-lists gld-train
    -v -q -h --version    all
"""

import logging
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any, Protocol

import click

from gld_shared import history
from gld_shared.errors import DataError

DISTRIBUTION_VERSION = version("gld-shared")
_LEVELS = {-1: logging.ERROR, 0: logging.WARNING, 1: logging.INFO, 2: logging.DEBUG}
_VERBOSITY = "gld.verbosity"
# They change nothing in the bytes of an output.
_NOT_RECORDED = {"output", "workers"}

CommandFunction = Callable[..., Any]


class _ClosedPipe(Exception):
    """The reader of standard output went away; click would take it for a failure."""


class _ErrorHandling:
    """Turn what can go wrong into one line and an exit code; shared by commands and groups."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command's function."""
        try:
            return super().invoke(ctx)  # type: ignore[misc]
        except BrokenPipeError as error:
            raise _ClosedPipe from error

    def main(self, args: Sequence[str] | None = None, *_: Any, **extra: Any) -> Any:
        """Run the command line; always ends in SystemExit when standalone."""
        arguments = list(sys.argv[1:] if args is None else args)
        standalone = extra.pop("standalone_mode", True)
        try:
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
            # As with | head. With stdout pointed at nothing, the flush
            # at exit is quiet.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            _leave(0, standalone)
        except (DataError, OSError, MemoryError) as error:
            if "-vv" in arguments or arguments.count("-v") > 1:
                traceback.print_exc()
            _say(f"Error: {_one_line(error)}")
            _leave(1, standalone)
        else:
            _leave(0, standalone)


class _Command(_ErrorHandling, click.Command):
    """A command of one job."""


class _Group(_ErrorHandling, click.Group):
    """A command with sub-commands, of which one may be the default."""

    default_command: str | None = None
    command_class = click.Command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the default sub-command in where the command line names none."""
        own = {"-h", "--help", "--version"}
        if self.default_command and not own.intersection(args):
            names = [arg for arg in args if not arg.startswith("-") or arg == "-"]
            if not names or names[0] not in self.commands:
                args = [self.default_command, *args]
        return super().parse_args(ctx, args)


def _leave(code: int, standalone: bool) -> None:
    if standalone or code:
        sys.exit(code)


def _say(line: str) -> None:
    click.echo(line, err=True)


def _one_line(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'file'}: {error.strerror}"
    return " ".join(str(error).split()) or type(error).__name__


def tool(name: str, epilog: str | None = None) -> Callable[[CommandFunction], click.Command]:
    """Make a function the command ``name``; ``epilog`` is a pipe that can be pasted."""

    def decorate(function: CommandFunction) -> click.Command:
        decorated = click.command(name, cls=_Command, epilog=_verbatim(epilog), **_SETTINGS)(
            function
        )
        _add_common(decorated, name)
        return decorated

    return decorate


def tool_group(
    name: str, default: str | None = None, epilog: str | None = None
) -> Callable[[CommandFunction], click.Group]:
    """Make a function the group ``name``; its sub-commands are added with ``subcommand``."""

    def decorate(function: CommandFunction) -> click.Group:
        group = click.group(name, cls=_Group, epilog=_verbatim(epilog), **_SETTINGS)(function)
        group.default_command = default
        group.params.append(_version_option(name))
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


_SETTINGS: dict[str, Any] = {
    "context_settings": {"help_option_names": ["-h", "--help"], "max_content_width": 80}
}


def _verbatim(epilog: str | None) -> str | None:
    """Click fills paragraphs; a block that starts with \\b is left as it is."""
    return None if epilog is None else "\b\n" + epilog.strip("\n")


def _add_common(command: click.Command, tool_name: str) -> None:
    command.params += [
        click.Option(["-v", "--verbose"], count=True, expose_value=False, callback=_more_log,
                     help="Say more; twice for debugging."),
        click.Option(["-q", "--quiet"], is_flag=True, expose_value=False, callback=_less_log,
                     help="Errors only, no progress."),
        _version_option(tool_name),
    ]  # fmt: skip
    command.context_settings["obj"] = None
    inner = command.callback

    def run(*args: Any, **kwargs: Any) -> Any:
        context = click.get_current_context()
        _set_up_log(tool_name, context.meta.get(_VERBOSITY, 0))
        assert inner is not None
        return inner(*args, **kwargs)

    command.callback = run


def _version_option(tool_name: str) -> click.Option:
    def show(context: click.Context, _: click.Parameter, value: bool) -> None:
        if value:
            click.echo(f"{tool_name} {DISTRIBUTION_VERSION}")
            context.exit()

    return click.Option(
        ["--version"],
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=show,
        help="Show the version and exit.",
    )


def _more_log(context: click.Context, _: click.Parameter, count: int) -> None:
    if count:
        context.meta[_VERBOSITY] = min(count, 2)


def _less_log(context: click.Context, _: click.Parameter, quiet: bool) -> None:
    if quiet:
        context.meta[_VERBOSITY] = -1


def _set_up_log(tool_name: str, verbosity: int) -> None:
    """Log lines of gld's own packages go to stderr; other libraries' only when they warn."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter(f"{tool_name}: %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING if verbosity >= 0 else logging.ERROR)
    for package in ("shared", "lists", "train", "embed", "search", "rerank", "eval"):
        logging.getLogger(f"gld_{package}").setLevel(_LEVELS[verbosity])


# --- options ------------------------------------------------------------------------------------


def _standard_input(_: click.Context, parameter: click.Parameter, value: Any) -> Any:
    """No argument means standard input; a terminal there means that the user forgot something."""
    names = value if isinstance(value, tuple) else (value,) if value is not None else ()
    if (not names or "-" in names) and sys.stdin.isatty():
        raise click.UsageError("no input: name a file, or pipe one in")
    if isinstance(value, tuple):
        return value or ("-",)
    return "-" if value is None else value


def input_argument(name: str = "input", many: bool = False) -> Callable[[Any], Any]:
    """The main input: a file's name, or standard input by ``-`` or by default."""
    return click.argument(
        name,
        required=False,
        nargs=-1 if many else 1,
        type=click.Path(allow_dash=True),
        callback=_standard_input,
    )


def output_option(
    required: bool = False, help: str = "Write here, whole or not at all."
) -> Callable[[Any], Any]:
    """``-o``: a path, or standard output when it may be missing."""
    if required:
        return click.option("-o", "--output", required=True, type=click.Path(), help=help)
    return click.option("-o", "--output", default="-", type=click.Path(allow_dash=True), help=help)


checkpoint_option = click.option(
    "-c",
    "--checkpoint",
    required=True,
    metavar="CHECKPOINT",
    help="A .safetensors file, packaged:efficientnet_lite0, timm:NAME or random:NAME.",
)
neighbours_option = click.option(
    "-k",
    "--neighbours",
    type=click.IntRange(min=1),
    default=100,
    show_default=True,
    help="Neighbours per query.",
)
workers_option = click.option(
    "-j",
    "--workers",
    type=click.IntRange(min=0),
    default=os.cpu_count() or 1,
    show_default="all cores",
    help="Parallel workers.",
)
images_option = click.option(
    "--images",
    required=True,
    type=click.Path(file_okay=False),
    help="The folder that the list's paths are relative to.",
)
device_option = click.option(
    "--device", default="auto", show_default=True, help="auto, cpu, cuda or cuda:N."
)
seed_option = click.option(
    "--seed", type=int, default=0, show_default=True, help="Source of every random choice."
)


# --- provenance, output, progress ----------------------------------------------------------------


def history_for(
    inputs: Iterable[tuple[str, str]], histories: Iterable[history.History] = ()
) -> history.History:
    """The inputs' histories and this command's own step.

    ``inputs`` are (path, sha256) pairs. Left out of the recorded arguments is what changes no byte
    of the output: its own path, verbosity, the number of workers.
    """
    context = click.get_current_context()
    path, arguments = context.command_path.split(), _recorded_arguments(context)
    entries = [history.input_entry(name, digest) for name, digest in inputs]
    own = history.step(path[0], DISTRIBUTION_VERSION, [*path[1:], *arguments], entries)
    return history.extend(histories, own)


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


class Progress(Protocol):
    """What a running progress bar can be told."""

    def update(self, n_steps: int) -> None:
        """So many more are done."""


class _Silent:
    def update(self, n_steps: int) -> None:
        """Say nothing."""


@contextmanager
def progress(total: int, label: str, unit: str = "it") -> Iterator[Progress]:
    """A bar on stderr with rate and time left; silent where stderr is no terminal, and with -q."""
    context = click.get_current_context(silent=True)
    quiet = context is not None and context.meta.get(_VERBOSITY, 0) < 0
    if quiet or not sys.stderr.isatty():
        yield _Silent()
        return
    started = time.monotonic()

    def rate(_: object) -> str:
        elapsed = max(time.monotonic() - started, 1e-9)
        return f"{bar.pos / elapsed:.1f} {unit}/s"

    with click.progressbar(
        length=total, label=label, file=sys.stderr, show_pos=True, item_show_func=rate
    ) as bar:
        yield bar
