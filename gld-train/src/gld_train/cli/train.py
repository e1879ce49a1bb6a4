"""gld-train train, which is also what gld-train does without a sub-command."""

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from gld_shared import command
from gld_shared.provenance import History, Input, PlainFile

from gld_train.cli.group import main

if TYPE_CHECKING:
    from gld_train.config import Config
    from gld_train.distributed import Ranks
    from gld_train.job import Run
    from gld_train.steps import Advance

EPILOG = """
Examples:
  gld-lists folder PHOTOS --labels-from-folders \\
    | gld-train --config demo.toml --images PHOTOS -o model.safetensors
  gld-train lists/clean.tsv --config demo.toml --images RAW \\
    -o model.safetensors | xargs gld-embed index.tsv --images RAW -o i.zarr -c
"""


@command.subcommand(main, "train", epilog=EPILOG)
@click.argument("list_path", metavar="[LIST]", required=False, type=click.Path(allow_dash=True))
@click.option(
    "--config",
    "config_path",
    required=True,
    type=click.Path(dir_okay=False),
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
    type=click.Path(file_okay=False),
    help="The folder that the list's paths are relative to.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(),
    help="The checkpoint, whole or not at all; its run folder lies beside it.",
)
@command.device_option
@command.seed_option
@command.workers_option
@click.option(
    "--gpus",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Processes, one for each GPU; with --device cpu, so many on the CPU.",
)
@click.option("--resume", is_flag=True, help="Only go on with an interrupted run.")
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
    gpus: int,
    print_config: bool,
    **options: Any,
) -> None:
    """Train an embedding network on the labelled images of LIST.

    Without LIST, the configuration's data.list is read; without that, standard input.

    Repeating the command goes on after an interruption, and redoes nothing that is finished.
    RUN.run/log.tsv beside RUN.safetensors holds loss, accuracy and rates of every step.
    """  # fmt: skip
    from gld_train.config import read_config, write_config
    from gld_train.extras import require_extra

    for extra in ("onnx", "tensorboard"):
        if options[extra]:
            require_extra(extra)
    config, files = read_config(config_path, overrides)
    if print_config:
        click.echo(write_config(config), nl=False)
        return
    if images is None or output is None:
        raise click.UsageError(f"Missing option '{'--images' if images is None else '-o'}'.")
    source = _source(list_path or config.data.list)
    if gpus > 1 and "RANK" not in os.environ:
        _start_ranks(gpus, source)
        return
    _train(config, files, source, Path(images), Path(output), options)


def _source(name: str) -> str:
    """The list's name; without one, standard input."""
    if name in ("", "-") and sys.stdin.isatty():
        raise click.UsageError("no input: name a file, or pipe one in")
    return name or "-"


def _start_ranks(count: int, source: str) -> None:
    """This very command line, in so many processes."""
    from functools import partial

    from gld_train.distributed import start_ranks

    if source == "-":
        raise click.UsageError("--gpus: several processes cannot read standard input; name a list")
    start_ranks(count, partial(_run_as_rank, sys.argv[1:]))


def _run_as_rank(arguments: list[str]) -> None:
    main.main(arguments)


def _train(
    config: "Config",
    files: list[Path],
    source: str,
    images: Path,
    output: Path,
    options: dict[str, Any],
) -> None:
    from gld_train.distributed import joined, share_of_workers
    from gld_train.inputs import read_inputs
    from gld_train.job import Run
    from gld_train.signals import Interrupted
    from gld_train.train import train

    inputs = read_inputs(config, source)
    read = [*map(PlainFile.read, files), *inputs.all]
    with joined(options["device"]) as ranks:
        workers = share_of_workers(options["workers"])
        run = Run(
            config=config,
            samples=inputs.samples(),
            images=images,
            output=output,
            ranks=ranks,
            seed=options["seed"],
            workers=workers,
            inputs=inputs.roles(),
            history=_history(read),
            validation=inputs.make_validation(images, workers),
            must_resume=options["resume"],
            tensorboard=options["tensorboard"],
        )
        try:
            with _progress(ranks, run.steps) as advance:
                train(run, advance)
        except Interrupted as end:
            if ranks.is_first:
                click.echo(f"Error: {end}; the same command goes on from here", err=True)
            raise SystemExit(end.exit_code) from end
    if ranks.is_first:
        if options["onnx"]:
            _export(run)
        command.print_path(output)


def _export(run: "Run") -> None:
    """Write the network as ONNX, and say how near it is to torch's, as asked for."""
    from gld_shared.command.verbosity import verbosity

    from gld_train.onnx_export import is_exported, onnx_path, write_onnx

    path = onnx_path(run.output)
    if is_exported(run.output):
        logging.getLogger("gld_train").warning("%s: exported before; nothing to do", path)
        return
    paths = dict.fromkeys(run.samples.paths.tolist())
    parity = write_onnx(run.output, (run.images / one.decode() for one in paths))
    if verbosity(click.get_current_context()) >= 0:
        click.echo(
            f"gld-train: {path}: differs from torch on {parity.images} images by at most "
            f"{parity.difference:.1e}, lowest cosine {parity.cosine:.8f}",
            err=True,
        )


@contextmanager
def _progress(ranks: "Ranks", steps: int) -> "Iterator[Advance]":
    """The first rank speaks for all; of the others only warnings are heard."""
    if ranks.is_first:
        with command.progress(steps, "training", "step") as bar:
            yield bar.update
    else:
        logging.getLogger("gld_train").setLevel(logging.WARNING)
        yield lambda n_steps, text: None


def _history(read: list[Input]) -> History:
    """This command's history, without what changes nothing in the checkpoint."""
    steps = command.history_for(*read)
    besides = ("--resume", "--onnx", "--tensorboard")
    steps[-1]["arguments"] = [one for one in steps[-1]["arguments"] if one not in besides]
    return steps
