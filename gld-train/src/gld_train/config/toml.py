"""Reading a configuration from TOML: ``base``, ``--set``, and every mistake reported at once."""

import json
import os
import tomllib
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from gld_shared.errors import DataError
from gld_shared.text_encoding import without_mark

from gld_train.config.check import check
from gld_train.config.config import Config
from gld_train.config.schema import Sections, config_of
from gld_train.config_range import shown

_LONGEST = 1 << 20
_LONGEST_CHAIN = 50


def read_config(path: str | Path, overrides: Iterable[str] = ()) -> tuple[Config, list[Path]]:
    """Read the configuration in a file; return it and the files read (the file itself first).

    ``overrides`` are ``section.key=value`` with a TOML value; a bare word is a string. Raises one
    DataError for all unknown keys and wrong types together, or for all values out of range.
    """
    values, files = _with_base(Path(path), ())
    problems: list[str] = []
    for override in overrides:
        _apply(override, values, problems)
    config = config_of(values, problems)
    if config is None:
        raise DataError(f"{path}: " + "; ".join(problems))
    check(config, str(path))
    return config, files


def write_config(config: Config) -> str:
    """Write the resolved configuration as TOML, with every key."""
    lines = []
    for section, values in asdict(config).items():
        lines.append(f"[{section}]")
        lines += [f"{key} = {_written(value)}" for key, value in values.items()]
        lines.append("")
    return "\n".join(lines)


def _written(value: Any) -> str:
    # Strings, numbers, booleans and arrays are written alike in JSON and TOML, except for the
    # character DEL, which only TOML escapes.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _with_base(path: Path, above: tuple[str, ...]) -> tuple[Sections, list[Path]]:
    real = os.path.realpath(path)
    if real in above:
        raise DataError(f"{path}: is its own base; expected a chain that ends")
    if len(above) == _LONGEST_CHAIN:
        raise DataError(f"{path}: is base number {_LONGEST_CHAIN}, expected fewer files in a chain")
    values = _read(path)
    base = values.pop("base", None)
    if base is None:
        return values, [path]
    if not isinstance(base, str) or "\0" in base or _is_stream(path.parent / base):
        raise DataError(
            f'{path}: base is {shown(base)}, expected a file\'s name: base = "base.toml"'
        )
    inherited, files = _with_base(path.parent / base, (*above, real))
    return _merged(inherited, values), [path, *files]


def _is_stream(path: Path) -> bool:
    """Return whether a path is a pipe or a device, which may never end."""
    return path.exists() and not (path.is_file() or path.is_dir())


def _read(path: Path) -> Sections:
    try:
        with path.open("rb") as stream:
            data = stream.read(_LONGEST + 1)
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from error
    if len(data) > _LONGEST:
        raise DataError(f"{path}: more than {_LONGEST:,} bytes, expected a configuration")
    text = without_mark(data, str(path))
    try:
        return _parsed(text.decode())
    except ValueError as error:
        raise DataError(f"{path}: not TOML: {error}") from error


def _parsed(text: str) -> Sections:
    """Parse TOML. Raises ValueError, in place of the other errors of tomllib."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        raise
    except RecursionError as error:
        raise ValueError("brackets are nested too deep") from error
    except ValueError as error:
        raise ValueError("a number of thousands of digits") from error


def _merged(below: Sections, above: Sections) -> Sections:
    merged = dict(below)
    for name, section in above.items():
        both = isinstance(section, dict) and isinstance(merged.get(name), dict)
        merged[name] = {**merged[name], **section} if both else section
    return merged


def _apply(override: str, values: Sections, problems: list[str]) -> None:
    name, separator, text = override.partition("=")
    section, dot, key = name.strip().partition(".")
    if not (separator and dot and key):
        problems.append(f"--set {override}: expected section.key=value, as in optim.lr=3e-4")
        return
    target = values.setdefault(section, {})
    if isinstance(target, dict):
        target[key] = _value_of(text.strip())


def _value_of(text: str) -> Any:
    """Return the TOML value in a text; any other text stands for itself."""
    try:
        values = _parsed(f"value = {text}")
    except ValueError:
        return text
    # A text of several lines may hold other keys.
    return values["value"] if len(values) == 1 else text
