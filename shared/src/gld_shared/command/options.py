"""The registry of shared options: the same letter means the same in every tool.

Options and the tools that use them:

    -o  output            all
    -c  checkpoint        gld-train gld-embed
    -k  neighbours        gld-search gld-rerank gld-lists
    -j  workers           all
    --image-memory        the commands that decode images
    --images              gld-lists gld-train; those of gld-embed, gld-rerank and gld-eval take
                          more than folders
    --device              gld-train gld-embed gld-search gld-rerank
    --gpus                gld-embed gld-search gld-rerank
    --engine              gld-embed gld-search
    --seed                gld-lists gld-train gld-search gld-eval
    -v -q -h --version    all (``decorators`` adds them)
"""

import os
import sys
from collections.abc import Callable
from typing import Any

import click
from click.core import ParameterSource
from click.shell_completion import CompletionItem

from gld_shared.command.number_types import COUNT, MOST_WORKERS, SEED, WORKERS, WORKERS_OR_NONE
from gld_shared.command.path_types import InputPath, OutputPath


def _standard_input(_: click.Context, parameter: click.Parameter, value: Any) -> Any:
    """Default to standard input, unless it is a terminal: the user forgot the argument."""
    names = value if isinstance(value, tuple) else (value,) if value is not None else ()
    if (not names or "-" in names) and sys.stdin.isatty():
        raise click.UsageError("no input: name a file, or pipe one in")
    if isinstance(value, tuple):
        return value or ("-",)
    return "-" if value is None else value


def input_argument(name: str = "input", many: bool = False) -> Callable[[Any], Any]:
    """Add the main input: a file's name, or standard input for ``-`` and by default."""
    return click.argument(
        name,
        required=False,
        nargs=-1 if many else 1,
        type=InputPath(allow_dash=True),
        callback=_standard_input,
        shell_complete=_sub_commands_or_files,
    )


def _sub_commands_or_files(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete the main input; where it is the first word, sub-commands that begin with it too."""
    given = context.get_parameter_source(str(parameter.name)) is ParameterSource.COMMANDLINE
    commands = {} if given else getattr(context.command, "commands", {})
    found = [CompletionItem(name) for name in sorted(commands) if name.startswith(incomplete)]
    return found if found and incomplete else [CompletionItem(incomplete, type="file")]


def output_option(
    required: bool = False,
    help: str = "Write here, whole or not at all.",
    is_folder: bool = False,
    replaces_folder: bool = False,
) -> Callable[[Any], Any]:
    """Add ``-o``: a text file, by default standard output; or, if required, a name of any output.

    ``is_folder``: it is a folder; ``replaces_folder``: one replaced with all that it holds.
    """
    if required:
        kind = OutputPath(is_folder=is_folder, replaces_folder=replaces_folder)
        return click.option("-o", "--output", required=True, type=kind, help=help)
    kind = OutputPath(is_text=True, allow_dash=True)
    return click.option("-o", "--output", default="-", type=kind, help=help)


checkpoint_option = click.option(
    "-c",
    "--checkpoint",
    required=True,
    type=InputPath(readable=False),
    metavar="CHECKPOINT",
    help="A checkpoint, packaged:efficientnet_lite0, timm:NAME, random:NAME, or plain weights with "
    "--backbone.",
)
neighbours_option = click.option(
    "-k",
    "--neighbours",
    type=COUNT,
    default=100,
    show_default=True,
    help="Neighbours per query.",
)
workers_option = click.option(
    "-j",
    "--workers",
    type=WORKERS_OR_NONE,
    default=min(os.cpu_count() or 1, MOST_WORKERS),
    show_default="all cores",
    help="Parallel workers.",
)


def _limit_image_memory(_: click.Context, __: click.Parameter, megabytes: int) -> int:
    from gld_shared.images.memory import PixelMemory, share_pixel_memory

    share_pixel_memory(PixelMemory(megabytes))
    return megabytes


image_memory_option = click.option(
    "--image-memory",
    type=click.IntRange(1, 1_000_000),
    default=1200,
    show_default=True,
    metavar="MB",
    expose_value=False,
    callback=_limit_image_memory,
    help="Decoded pixels of all workers together. An image that needs more is unreadable, and so "
    "is one of more than 178 megapixels.",
)
images_option = click.option(
    "--images",
    required=True,
    type=InputPath(file_okay=False),
    help="The folder that the list's paths are relative to.",
)
device_option = click.option(
    "--device", default="auto", show_default=True, help="auto, cpu, cuda or cuda:N."
)
gpus_option = click.option(
    "--gpus",
    "processes",
    type=WORKERS,
    default=1,
    show_default=True,
    help="Number of processes: one for each GPU, or all on the CPU where there is none or with "
    "--device cpu.",
)
engine_option = click.option(
    "--engine",
    type=click.Choice(["local", "ray"]),
    default="local",
    show_default=True,
    help="Run on this machine, or on all machines and GPUs of a Ray cluster.",
)
seed_option = click.option(
    "--seed", type=SEED, default=0, show_default=True, help="Source of every random choice."
)
