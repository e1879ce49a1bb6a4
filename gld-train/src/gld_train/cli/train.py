"""gld-train train, the default sub-command of gld-train."""

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
from gld_shared import command
from gld_shared.command.messages import say
from gld_shared.command.number_types import WORKERS
from gld_shared.command.path_types import InputPath, OutputPath
from gld_shared.progress import Advance, silent

from gld_train.cli.group import main

if TYPE_CHECKING:
    from gld_train.job import Job

EPILOG = """
Examples:
  gld-lists folder PHOTOS --labels-from-folders \\
    | gld-train --config demo.toml --images PHOTOS -o model.safetensors
  gld-train lists/clean.tsv --config demo.toml --images RAW \\
    -o model.safetensors | xargs gld-embed index.tsv --images RAW -o i.zarr -c
"""


@command.subcommand(main, "train", epilog=EPILOG)
@click.argument("list_path", metavar="[LIST]", required=False, type=InputPath(allow_dash=True))
@click.option(
    "--config",
    "config_path",
    required=True,
    type=InputPath(dir_okay=False),
    help="TOML: model, image, data, augment, head, optim, ...",
)
@click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="SECTION.KEY=VALUE",
    help="Change a value, as in optim.lr=3e-4; may be repeated.",
)
@click.option(
    "--images",
    type=InputPath(file_okay=False),
    help="The folder that the list's paths are relative to.",
)
@click.option(
    "-o",
    "--output",
    type=OutputPath(),
    help="The checkpoint, whole or not at all; its run folder is beside it.",
)
@command.device_option
@command.seed_option
@command.workers_option
@command.image_memory_option
@click.option(
    "--gpus",
    type=WORKERS,
    default=1,
    show_default=True,
    help="Processes, one per GPU; with --device cpu, on the CPU.",
)
@click.option("--resume", is_flag=True, help="Only resume an interrupted run.")
@click.option("--overwrite", is_flag=True, help="Replace a run of other settings, finished or not.")
@click.option(
    "--onnx", is_flag=True, help="Also write X.onnx beside X.safetensors, compared with torch."
)
@click.option(
    "--tensorboard", is_flag=True, help="Also log to the folder tensorboard of the run folder."
)
@click.option("--print-config", is_flag=True, help="Show the resolved configuration and exit.")
def train(
    list_path: str | None,
    config_path: str,
    overrides: tuple[str, ...],
    images: str | None,
    output: str | None,
    device: str,
    seed: int,
    workers: int,
    gpus: int,
    resume: bool,
    overwrite: bool,
    onnx: bool,
    tensorboard: bool,
    print_config: bool,
) -> None:
    """Train an embedding network on the labelled images of LIST.

    Without LIST, the configuration's data.list is read; without that, standard input.

    Repeating the command resumes an interrupted run, and redoes nothing that is finished.
    RUN.run/log.tsv beside RUN.safetensors holds loss, accuracy and rates of every step.
    """  # fmt: skip
    from gld_shared.files import open_output

    from gld_train.config import read_config, write_config
    from gld_train.optional_packages import require_extra

    for extra, is_asked in (("onnx", onnx), ("tensorboard", tensorboard)):
        if is_asked:
            require_extra(extra)
    config, files = read_config(config_path, overrides)
    if print_config:
        with open_output("-") as stream:
            stream.write(write_config(config).encode())
        return
    if images is None or output is None:
        raise click.UsageError(f"Missing option '{'--images' if images is None else '-o'}'.")
    source = _source(list_path or config.data.list)
    if gpus > 1 and "RANK" not in os.environ:
        _start_ranks(gpus, source)
        return

    from gld_train.distributed import joined
    from gld_train.inputs import read_inputs
    from gld_train.job import make_job

    inputs = read_inputs(config, files, source)
    history = command.history_for(*inputs.all, recorded={"device"})
    with joined(device) as ranks:
        job = make_job(
            inputs,
            Path(images),
            Path(output),
            ranks,
            history,
            seed=seed,
            workers=workers,
            must_resume=resume,
            overwrite=overwrite,
            tensorboard=tensorboard,
        )
        _run(job)
    if ranks.is_first:
        if onnx:
            _export(job)
        command.print_path(output)


def _source(name: str) -> str:
    """Return the name of the list, ``-`` for standard input."""
    if name in ("", "-") and sys.stdin.isatty():
        raise click.UsageError("no input: name a file, or pipe one in")
    return name or "-"


def _start_ranks(count: int, source: str) -> None:
    """Run this command line in ``count`` processes."""
    from functools import partial

    from gld_train.distributed import start_ranks

    if source == "-":
        raise click.UsageError("--gpus: several processes cannot read standard input; name a list")
    start_ranks(count, partial(_run_as_rank, sys.argv[1:]))


def _run_as_rank(arguments: list[str]) -> None:
    main.main(arguments)


def _run(job: "Job") -> None:
    from gld_train.signals import Interrupted
    from gld_train.train import run

    try:
        with _progress(job) as advance:
            run(job, advance)
    except Interrupted as end:
        if job.ranks.is_first:
            say(f"Error: {end}; repeat the command to resume")
        raise SystemExit(end.exit_code) from end


def _export(job: "Job") -> None:
    """Write the network as ONNX, and report its parity with torch."""
    from gld_shared.command.verbosity import verbosity

    from gld_train.onnx_export import is_exported, onnx_path, write_onnx

    path = onnx_path(job.output)
    if is_exported(job.output):
        logging.getLogger("gld_train").warning("%s: exported before; nothing to do", path)
        return
    names = dict.fromkeys(job.samples.paths.tolist())
    parity = write_onnx(job.output, (job.images / name.decode() for name in names))
    if verbosity(click.get_current_context()) >= 0:
        say(
            f"gld-train: {path}: differs from torch on {parity.images} images by at most "
            f"{parity.difference:.1e}, lowest cosine {parity.cosine:.8f}"
        )


@contextmanager
def _progress(job: "Job") -> Iterator[Advance]:
    """Report the first rank's progress; the other ranks show only warnings."""
    if job.ranks.is_first:
        with command.progress(job.steps, "training", "step") as bar:
            yield bar.update
    else:
        logging.getLogger("gld_train").setLevel(logging.WARNING)
        yield silent
