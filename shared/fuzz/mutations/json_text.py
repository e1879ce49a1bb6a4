"""Mutations of JSON text: other types, extreme values, deep nests, keys lost, added or repeated."""

import json
from collections.abc import Callable
from random import Random
from typing import Any

from mutations.extreme_values import extreme_text

_DEPTH, _DIGITS = 100_000, 5_000
# Texts that json.dumps does not write.
_RAW = (
    *("NaN", "-Infinity", "1e999", "9" * _DIGITS, "[" * _DEPTH, '{"a":' * _DEPTH, '"\\ud800"'),
    *("[" * 900 + "]" * 900, '"\\u0000"', '"\\u001b[2J"', '"\\u202e"', "01", "'x'", "tru", ""),
)
_OTHERS: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1.5, 2**63, -(2**63), 2**200, "", "x", [], {}, [[]], [{}]),
    *({"a": 1}, [None], ["x"], [1, "x"], {"path": None, "sha256": 3}, {"": ""}),
)
_PLACEHOLDER = "placeholder of a raw text"


def mutate_json(text: str, random: Random) -> str:
    """Change one value or key of a JSON text; text that is no JSON is returned as it is."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return text
    changes: tuple[Callable[[Any, Random], Any], ...] = (_other_type, _extreme, _without, _renamed)
    roll = random.random()
    if roll < 0.15:
        return _with_raw(document, random)
    if roll < 0.22:
        return _with_repeated_key(text, random)
    return json.dumps(_changed(document, random, random.choice(changes)), ensure_ascii=False)


def _changed(document: Any, random: Random, change: Callable[[Any, Random], Any]) -> Any:
    """Apply ``change`` to a value at any depth, the deepest ones most often."""
    children = _keys(document)
    if not children or random.random() < 0.15:
        return change(document, random)
    key = random.choice(children)
    document[key] = _changed(document[key], random, change)
    return document


def _keys(document: Any) -> list[Any]:
    if isinstance(document, dict):
        return list(document)
    return list(range(len(document))) if isinstance(document, list) else []


def _other_type(value: Any, random: Random) -> Any:
    return random.choice(_OTHERS)


def _extreme(value: Any, random: Random) -> Any:
    return extreme_text(random)


def _without(value: Any, random: Random) -> Any:
    if isinstance(value, dict | list) and value:
        del value[random.choice(_keys(value))]
        return value
    return None


def _renamed(value: Any, random: Random) -> Any:
    if isinstance(value, dict) and value:
        value[extreme_text(random)] = value.pop(random.choice(list(value)))
        return value
    return [value] * random.choice((2, 3, 100))


def _with_raw(document: Any, random: Random) -> str:
    marked = _changed(document, random, lambda *_: _PLACEHOLDER)
    return json.dumps(marked, ensure_ascii=False).replace(f'"{_PLACEHOLDER}"', random.choice(_RAW))


def _with_repeated_key(text: str, random: Random) -> str:
    start = text.find("{")
    key = extreme_text(random) if random.random() < 0.3 else random.choice(("format", "history"))
    member = f"{json.dumps(key)}: {json.dumps(random.choice(_OTHERS))}, "
    return text if start < 0 else text[: start + 1] + member + text[start + 1 :]


def json_file(data: bytes, random: Random) -> bytes:
    """Mutate a file that is one JSON text."""
    return mutate_json(data.decode(errors="replace"), random).encode(errors="surrogatepass")


def json_header(data: bytes, random: Random) -> bytes:
    """Mutate the JSON after ``#`` in a table's first line."""
    first, newline, rest = data.partition(b"\n")
    if not first.startswith(b"#"):
        return data
    return b"#" + json_file(first[1:], random) + newline + rest
