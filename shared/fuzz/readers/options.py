"""Values of options: every option of every command, with values at their limits."""

from random import Random

import click
from mutations.extreme_values import NUMBERS, PATHS, TEXTS
from running.attempt import Attempt, Clean, Command
from running.examine import Reader

from readers.checkpoints import prepare_checkpoint
from readers.tables import LISTS

_LINES = (
    "gld-search q.zarr --index i.zarr",
    "gld-rerank expand n.tsv",
    "gld-rerank landmark n.tsv --reference r.zarr --labels many.tsv",
    "gld-eval n.tsv --truth truth.tsv",
    "gld-lists submission n.tsv",
    "gld-lists folder photos",
    "gld-lists audit two.tsv list.tsv --images photos",
    "gld-lists synthetic drawn --landmarks 1 -j 1",
    "gld-train list.tsv --config run.toml --images photos -o t.safetensors --print-config",
    "gld-train whiten i.zarr -c random:none -o w.safetensors",
)
# Writing to these could harm the machine, or start as many processes as they say; drawing as many
# synthetic landmarks as are asked for takes its time.
_NOT_FUZZED = (
    "-o",
    "--plot",
    "--report",
    "--gpus",
    "--help",
    "--version",
    "--engine",
    "--base-url",
    "--device",
)
_FEW = ("0", "-1", "nan", "2", "x", "", "1e3", "9" * 21, "1.5")


def _options(line: str) -> list[click.Option]:
    """Return the options with values of the command that a line calls."""
    from importlib.metadata import entry_points

    name, second, *_ = line.split()
    (script,) = entry_points(group="console_scripts", name=name)
    found = script.load()
    if isinstance(found, click.Group):
        found = found.commands.get(second) or found.commands.get("train") or found
    return [
        parameter
        for parameter in found.params
        if isinstance(parameter, click.Option)
        and not (parameter.is_flag or parameter.count)
        and not set(_NOT_FUZZED) & set(parameter.opts)
        and not (second == "synthetic" and parameter.name != "seed")
    ]


def _prepare() -> None:
    from pathlib import Path

    from gld_shared.testing import small_list, small_store

    prepare_checkpoint()
    many = [f"r{number}" for number in range(40)]
    small_list(Path("many.tsv"), many)
    small_store(Path("r.zarr"), many, seed=3)


def _attempt(random: Random, clean: Clean) -> Attempt:
    lists = [" ".join(command.arguments) for command in LISTS]
    option = None
    while option is None:
        line = random.choice((*_LINES, *lists))
        option = random.choice(_options(line) or [None])
    name = option.opts[-1]
    values = _FEW if "--workers" in option.opts else (*NUMBERS, *NUMBERS, *TEXTS, *PATHS)
    value = random.choice([value for value in values if "\0" not in value])
    outputs = ("e.zarr", "parts", "small", "drawn", "w.safetensors")
    kept = (*outputs, "e.zarr.partial", "e.zarr.work")
    return Attempt(Command((*line.split(), f"{name}={value}"), outputs, kept))


OPTIONS = (Reader("options' values", 60, _prepare, _attempt),)
