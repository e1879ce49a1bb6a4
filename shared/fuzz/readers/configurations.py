"""Readers of gld-train's configuration: TOML files and --set."""

from dataclasses import asdict
from pathlib import Path
from random import Random

from mutations.extreme_values import NUMBERS, TEXTS, extreme_text
from mutations.lines import LINES
from mutations.raw_bytes import RAW_BYTES
from running.attempt import Attempt, Clean, Command
from running.examine import Reader

from readers.checkpoints import CONFIGURATION
from readers.draw import command, either, from_files
from readers.tables import prepare_tables

_PRINT = "gld-train list.tsv --config run.toml --images photos -o m.safetensors --print-config"
_LITERALS = ("[]", "[1]", "{}", "{a=1}", "true", "'x'", '"\\ud800"', "1979-05-27", "[[[[[]]]]]")


def _prepare() -> None:
    prepare_tables()
    Path("base.toml").write_text(_every_key())
    Path("run.toml").write_text('base = "base.toml"\n' + CONFIGURATION)


def _every_key() -> str:
    from gld_train.config.config import Config

    lines = []
    for section, values in asdict(Config()).items():
        lines.append(f"[{section}]")
        lines += [f"{key} = {_toml(value)}" for key, value in values.items() if _toml(value)]
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return f'"{value}"'
    return f"[{', '.join(map(_toml, value))}]" if isinstance(value, list | tuple) else ""


def _set(random: Random, clean: Clean) -> Attempt:
    """Draw --set of a known key, or of none, with an extreme value."""
    lines, section = clean["base.toml"].decode().splitlines(), ""
    keys = []
    for line in lines:
        section = line[1:-1] if line.startswith("[") else section
        keys += [] if line.startswith("[") else [f"{section}.{line.partition(' ')[0]}"]
    key = random.choice(keys) if random.random() < 0.9 else extreme_text(random)
    value = random.choice((*NUMBERS, *NUMBERS, *TEXTS, *_LITERALS, "[" * 5000))
    setting = f"{key}={value}" if random.random() < 0.95 else extreme_text(random)
    return Attempt(Command((*_PRINT.split(), "--set", setting)))


CONFIGURATIONS = (
    Reader(
        "TOML",
        25,
        _prepare,
        from_files(
            lambda _: ["run.toml", "base.toml"], (*LINES, *RAW_BYTES, *LINES), [command(_PRINT)]
        ),
    ),
    Reader("--set", 20, _prepare, either((1, _set))),
)
