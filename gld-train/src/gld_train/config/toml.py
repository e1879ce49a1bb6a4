"""Reading a configuration from TOML: ``base``, ``--set``, and every mistake reported at once."""

import difflib
import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, get_args, get_type_hints

from gld_shared.errors import DataError
from gld_shared.text_encoding import without_mark

from gld_train.config.check import check
from gld_train.config.config import Config

Sections = dict[str, Any]


def read_config(path: str | Path, overrides: Iterable[str] = ()) -> tuple[Config, list[Path]]:
    """Read the configuration in a file; return it and the files read (the file itself first).

    ``overrides`` are ``section.key=value`` with a TOML value; a bare word is a string. Raises one
    DataError for all unknown keys and wrong types together.
    """
    values, files = _with_base(Path(path), ())
    problems: list[str] = []
    for override in overrides:
        _apply(override, values, problems)
    config = _build(values, problems)
    if config is None or problems:
        raise DataError(f"{path}: " + "; ".join(problems))
    check(config, str(path))
    return config, files


def write_config(config: Config) -> str:
    """Write the resolved configuration as TOML, with every key."""
    lines = []
    for section, values in asdict(config).items():
        lines.append(f"[{section}]")
        # Strings, numbers, booleans and arrays are written alike in JSON and TOML.
        lines += [f"{key} = {json.dumps(value)}" for key, value in values.items()]
        lines.append("")
    return "\n".join(lines)


def _with_base(path: Path, above: tuple[Path, ...]) -> tuple[Sections, list[Path]]:
    if path.resolve() in above:
        raise DataError(f"{path}: is its own base; expected a chain that ends")
    try:
        values = tomllib.loads(without_mark(path.read_bytes(), str(path)).decode())
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: not TOML: {error}") from error
    base = values.pop("base", None)
    if base is None:
        return values, [path]
    if not isinstance(base, str):
        raise DataError(f'{path}: base is {base!r}, expected a file\'s name: base = "base.toml"')
    inherited, files = _with_base(path.parent / base, (*above, path.resolve()))
    return _merged(inherited, values), [path, *files]


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
    try:
        value = tomllib.loads(f"value = {text.strip()}")["value"]
    except tomllib.TOMLDecodeError:
        value = text.strip()
    target = values.setdefault(section, {})
    if isinstance(target, dict):
        target[key] = value


def _build(values: Sections, problems: list[str]) -> Config | None:
    sections = get_type_hints(Config)
    _unknown("", values, sections, problems)
    made = {}
    for name, schema in sections.items():
        section = values.get(name, {})
        if not isinstance(section, dict):
            problems.append(f"{name}: expected a section, [{name}]")
            continue
        types = get_type_hints(schema)
        hints = {field.name: types[field.name] for field in fields(schema)}
        _unknown(f"{name}.", section, hints, problems)
        known = {key: value for key, value in section.items() if key in hints}
        made[name] = schema(
            **{
                key: _typed(f"{name}.{key}", value, hints[key], problems)
                for key, value in known.items()
            }
        )
    return None if problems else Config(**made)


def _unknown(
    prefix: str, found: Iterable[str], known: Mapping[str, Any], problems: list[str]
) -> None:
    for key in found:
        if key not in known:
            close = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean {prefix}{close[0]}?" if close else f"known: {', '.join(known)}"
            problems.append(f"{prefix}{key}: unknown key; {hint}")


def _typed(name: str, value: Any, wanted: Any, problems: list[str]) -> Any:
    """Convert whole numbers to floats and lists to tuples, as the schema wants; nothing else."""
    if isinstance(value, int) and not isinstance(value, bool) and wanted is float:
        return float(value)
    parts = get_args(wanted)
    if parts:
        if isinstance(value, list) and len(value) == len(parts):
            return tuple(
                _typed(name, item, part, problems) for item, part in zip(value, parts, strict=True)
            )
        problems.append(f"{name}: {value!r}, expected {len(parts)} numbers in brackets")
    elif type(value) is not wanted:
        words = {int: "a whole number", float: "a number", str: "a string", bool: "true or false"}
        problems.append(f"{name}: {value!r}, expected {words[wanted]}")
    return value
