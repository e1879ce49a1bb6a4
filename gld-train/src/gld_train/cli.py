"""The command gld-train."""

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from gld_shared import command
from gld_shared.files import sha256

if TYPE_CHECKING:
    from gld_shared.tables import Table

    from gld_train.config import Config
    from gld_train.distributed import Ranks
    from gld_train.steps import Advance
    from gld_train.validate import Validation

EPILOG = """
Examples:
  gld-lists folder PHOTOS --labels-from-folders \\
    | gld-train --config demo.toml --images PHOTOS -o model.safetensors
  gld-train lists/clean.tsv --config demo.toml --images RAW \\
    -o model.safetensors | xargs gld-embed index.tsv --images RAW -o i.zarr -c
"""


@command.tool("gld-train", epilog=EPILOG)
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
@click.option("--print-config", is_flag=True, help="Show the resolved configuration and exit.")
def main(
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
    print_config: bool,
) -> None:
    """Train an embedding network on the labelled images of LIST.

    Without LIST, the configuration's data.list is read; without that, standard input.

    Repeating the command goes on after an interruption, and redoes nothing that is finished.
    RUN.run/log.tsv beside RUN.safetensors holds loss, accuracy and rates of every step.
    """  # fmt: skip
    from gld_train.toml_config import read_config, write_config

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
    _train(config, files, source, Path(images), Path(output), device, seed, workers, resume)


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
    device: str,
    seed: int,
    workers: int,
    resume: bool,
) -> None:
    from gld_shared.tables import read_list

    from gld_train.distributed import joined, share_of_workers
    from gld_train.interruption import Interrupted
    from gld_train.run import Run
    from gld_train.samples import labelled
    from gld_train.train import train

    table = read_list(source)
    lists = [table, *_validation_lists(config)]
    weights, weights_history = _weights(config)
    read = [(str(path), sha256(path)) for path in files] + weights
    read += [(one.source, one.sha256) for one in lists]
    with joined(device) as ranks:
        run = Run(
            config=config,
            # A next stage's class vectors, or a fixed number, belong to the labels as they are.
            samples=labelled(table, keep_labels=_keeps_labels(config)),
            images=images,
            output=output,
            ranks=ranks,
            seed=seed,
            workers=share_of_workers(workers),
            # The configuration is compared by its values, so files need not be.
            inputs={"list": table.sha256, **dict(weights)},
            history=_history(read, [*weights_history, *(one.history for one in lists)]),
            validation=_validation(lists, images, workers),
            must_resume=resume,
        )
        try:
            with _progress(ranks, run.steps) as advance:
                train(run, advance)
        except Interrupted as end:
            if ranks.is_first:
                click.echo(f"Error: {end}; the same command goes on from here", err=True)
            raise SystemExit(end.exit_code) from end
        if ranks.is_first:
            command.print_path(output)


@contextmanager
def _progress(ranks: "Ranks", steps: int) -> "Iterator[Advance]":
    """The first rank speaks for all; of the others only warnings are heard."""
    if ranks.is_first:
        with command.progress(steps, "training", "step") as bar:
            yield bar.update
    else:
        logging.getLogger("gld_train").setLevel(logging.WARNING)
        yield lambda n_steps, text: None


def _keeps_labels(config: "Config") -> bool:
    return config.head.classes > 0 or config.head.init not in ("random", "class_means")


def _history(read: list[tuple[str, str]], histories: list[Any]) -> list[dict[str, Any]]:
    """This command's history; whether it was interrupted is no part of it."""
    steps = command.history_for(read, histories)
    steps[-1]["arguments"] = [one for one in steps[-1]["arguments"] if one != "--resume"]
    return steps


def _validation_lists(config: "Config") -> "list[Table]":
    from gld_shared.tables import read_list

    if not config.validation.every:
        return []
    return [read_list(config.validation.queries), read_list(config.validation.index)]


def _validation(lists: "list[Table]", images: Path, workers: int) -> "Validation | None":
    from gld_train.validate import Validation

    return Validation(lists[1], lists[2], images, workers) if len(lists) > 1 else None


def _weights(config: "Config") -> tuple[list[tuple[str, str]], list[Any]]:
    """The files that the first weights come from, and their histories."""
    from gld_shared.checkpoint import load_checkpoint

    from gld_train.start import is_checkpoint

    names = [config.model.weights, config.head.init]
    files = [(name, sha256(name)) for name in names if Path(name).is_file()]
    histories = [load_checkpoint(name).history for name, _ in files if is_checkpoint(name)]
    return files, histories
