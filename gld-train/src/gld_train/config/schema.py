"""Values read from TOML, and the dataclasses that are their schema."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any, get_args, get_type_hints

from gld_shared.text_encoding import is_utf8

from gld_train.config.config import Config
from gld_train.config_range import shown

Sections = dict[str, Any]

_WORDS = {int: "a whole number", float: "a number", str: "a string", bool: "true or false"}
# A whole number of TOML has 64 bits.
_WHOLE = range(-(2**63), 2**63)


def config_of(values: Sections, problems: list[str]) -> Config | None:
    """Make the configuration of TOML's values; None if ``problems`` is not empty at the end.

    Appends a message to ``problems`` for each unknown key and each value of a wrong type.
    """
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
    parts = get_args(wanted)
    if parts:
        if isinstance(value, list) and len(value) == len(parts):
            return tuple(
                _typed(name, item, part, problems) for item, part in zip(value, parts, strict=True)
            )
        problems.append(f"{name}: {shown(value)}, expected {len(parts)} numbers in brackets")
    elif type(value) is int and value not in _WHOLE:
        problems.append(f"{name}: {shown(value)}, expected at most 64 bits")
    elif type(value) is int and wanted is float:
        return float(value)
    elif type(value) is not wanted:
        problems.append(f"{name}: {shown(value)}, expected {_WORDS[wanted]}")
    elif wanted is str and ("\0" in value or not is_utf8(value)):
        problems.append(f"{name}: {shown(value)}, expected UTF-8 without zero bytes")
    return value
