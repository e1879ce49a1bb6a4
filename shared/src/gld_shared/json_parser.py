"""JSON from a file, a user or the network: parsed within limits, and checked against a type.

Nothing else in gld parses JSON that it did not write itself a moment before.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn, TypeVar

from gld_shared.errors import DataError
from gld_shared.type_contract import joined_keys, type_fault

T = TypeVar("T")

DAMAGED = "the file is damaged, copy or make it again"
MAXIMUM_BYTES = 64 << 20
MAXIMUM_DEPTH = 100
_MAXIMUM_DIGITS = 20
_CONTAINERS = (list, dict)
_INTEGERS = range(-(2**63), 2**64)
# Escapes that may stand for characters which no file's name and no text file can hold.
_SUSPECT = re.compile(r"\\u(?:0000|d[89a-f])", re.IGNORECASE)
# A byte of a name that is not UTF-8 is a surrogate of this range, as Python holds it.
_UNPRINTABLE = re.compile("[\0\ud800-\udc7f\udd00-\udfff]")


class JsonFault(ValueError):
    """Text that is not the JSON which a reader expects; the message is the fault alone."""


def parse_json(
    text: bytes | str,
    place: str,
    contract: type[T],
    remedy: str = DAMAGED,
    maximum_bytes: int = MAXIMUM_BYTES,
) -> T:
    """Parse JSON as ``json_value`` does, for a user's eyes.

    ``place`` names the file, and what of it the text is; ``remedy`` ends each message. Raises
    DataError: ``a.tsv:1: header: history[2].inputs: expected a list of objects, got 3; make ...``.
    """
    try:
        return json_value(text, contract, maximum_bytes)
    except JsonFault as fault:
        raise DataError(f"{place}: {fault}; {remedy}") from fault


def json_value(text: bytes | str, contract: type[T], maximum_bytes: int = MAXIMUM_BYTES) -> T:
    """Parse JSON of the type ``contract``; see ``type_contract`` for the types that it may have.

    Raises JsonFault for text that is not JSON or too long, is nested more than 100 deep, repeats a
    key, has a number of more than 64 bits, NaN, a zero byte, or a value of another type, whose key
    it names. Memory: about ten times the text.
    """
    if len(text) > maximum_bytes:
        raise JsonFault(f"{len(text):,} bytes of JSON, expected at most {maximum_bytes:,}")
    try:
        decoded = text if isinstance(text, str) else text.decode("utf-8-sig")
        value = _parsed(decoded)
        if _depth(value) > MAXIMUM_DEPTH:
            raise RecursionError
        if _SUSPECT.search(decoded):
            _refuse_unprintable(value)
    except JsonFault:
        raise
    except ValueError as error:
        raise JsonFault(f"not JSON: {error}") from error
    except RecursionError as error:
        raise JsonFault(f"JSON nested more than {MAXIMUM_DEPTH} deep") from error
    fault = type_fault(value, contract)
    if fault is not None:
        raise JsonFault(fault)
    checked: T = value
    return checked


def as_json(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of an object as a file of JSON gives it back: tuples are lists."""
    copy: dict[str, Any] = json.loads(json.dumps(value))
    return copy


def _parsed(text: str) -> Any:
    return json.loads(
        text,
        object_pairs_hook=_object,
        parse_int=_integer,
        parse_float=_finite,
        parse_constant=_refuse_constant,
    )


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        raise JsonFault(f"key {json.dumps(repeated)} appears twice in an object")
    return found


def _integer(text: str) -> int:
    # Checked before the conversion, whose time grows with the square of the digits.
    if len(text) <= _MAXIMUM_DIGITS and (number := int(text)) in _INTEGERS:
        return number
    raise JsonFault(f"holds the integer {_start_of(text)}, expected at most 64 bits")


def _finite(text: str) -> float:
    number = float(text)
    if math.isfinite(number):
        return number
    raise JsonFault(f"holds the number {_start_of(text)}, expected at most 64 bits")


def _start_of(number: str) -> str:
    return number if len(number) <= _MAXIMUM_DIGITS else f"{number[:_MAXIMUM_DIGITS]}..."


def _refuse_constant(name: str) -> NoReturn:
    raise JsonFault(f"holds {name}, expected a finite number")


def _depth(value: Any) -> int:
    """Count the levels of lists and objects, up to one more than the limit."""
    level, depth = [value] if isinstance(value, _CONTAINERS) else [], 0
    while level and depth <= MAXIMUM_DEPTH:
        depth += 1
        level = [
            child
            for parent in level
            for child in (parent if isinstance(parent, list) else parent.values())
            if isinstance(child, _CONTAINERS)
        ]
    return depth


def _refuse_unprintable(value: Any) -> None:
    for keys, text in _texts(value, ()):
        if _UNPRINTABLE.search(text):
            place = joined_keys(keys) or "text"
            raise JsonFault(f"{place}: holds a zero byte or half a character, expected text")


def _texts(value: Any, keys: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield each text of a value, and the keys that lead to it; names of keys are texts too."""
    if isinstance(value, str):
        yield keys, value
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from _texts(item, (*keys, position))
    elif isinstance(value, dict):
        for name, item in value.items():
            yield (*keys, name), name
            yield from _texts(item, (*keys, name))
