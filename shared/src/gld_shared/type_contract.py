"""Checking plain values, such as those of JSON, against a type.

A type is a TypedDict or a dataclass (an object of these keys), ``list[T]``, ``tuple[T, T]`` (a list
of two), ``dict[str, T]``, a union, a Literal, ``Any``, ``str``, ``int``, ``float``, ``bool`` or
``None``. An object may have other keys, so that older releases read what newer ones write.
"""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

# The keys that lead to a wrong value, outermost first, and the fault.
_Fault = tuple[tuple[str | int, ...], str]
_Check = Callable[[Any], _Fault | None]

_LONGEST = 60
_PLAIN_KEY = re.compile(r"[A-Za-z_][\w-]{0,59}", re.ASCII)
_WORDS = {
    str: ("a string", "strings"),
    int: ("an integer", "integers"),
    float: ("a number", "numbers"),
    bool: ("true or false", "true or false"),
    NoneType: ("null", "null"),
    list: ("a list", "lists"),
    dict: ("an object", "objects"),
}
# An integer is a number; true is none.
_TYPES = {float: (float, int), list: (list, tuple)}


def type_fault(value: Any, contract: Any, key: str = "") -> str | None:
    """Return the first value that is not of its type, None if there is none.

    Such as ``history[2].inputs: expected a list of strings, got 3``; ``key`` is the value's own.
    """
    fault = _check_of(contract)(value)
    if fault is None:
        return None
    keys, text = fault
    place = joined_keys([key, *keys] if key else keys)
    return f"{place}: {text}" if place else text


def joined_keys(keys: Iterable[str | int]) -> str:
    """Join the keys that lead to a value: ``history[2].inputs``, ``metrics["a b"]``."""
    text = ""
    for key in keys:
        if isinstance(key, str) and _PLAIN_KEY.fullmatch(key):
            text += f".{key}" if text else key
        else:
            text += f"[{_shown(key)}]"
    return text


@cache
def _check_of(contract: Any) -> _Check:
    """Return the function that checks a value; what a type means is worked out once."""
    origin, parts = get_origin(contract), get_args(contract)
    if contract is Any:
        return lambda value: None
    if origin in (Union, UnionType):
        return _check_of_union(contract, parts)
    if origin is Literal:
        return _check_of_plain(contract, lambda value: value in parts)
    types = _types(contract)
    plain = _check_of_plain(contract, lambda value: type(value) in types)
    if origin is tuple:
        long = _check_of_plain(contract, lambda value: len(value) == len(parts))
        return _check_of_list(lambda value: plain(value) or long(value), _check_of(parts[0]))
    if origin is list:
        return _check_of_list(plain, _check_of(parts[0]))
    if origin is dict:
        return _check_of_dict(plain, _check_of(parts[1]))
    return _check_of_object(plain, contract) if _outer(contract) is dict else plain


def _check_of_plain(contract: Any, fits: Callable[[Any], bool]) -> _Check:
    words = _words(contract)
    return lambda value: None if fits(value) else ((), f"expected {words}, got {_shown(value)}")


def _check_of_union(contract: Any, parts: tuple[Any, ...]) -> _Check:
    kinds = [(_types(part), _check_of(part)) for part in parts]
    none = _check_of_plain(contract, lambda value: False)

    def check(value: Any) -> _Fault | None:
        return next((inner for types, inner in kinds if type(value) in types), none)(value)

    return check


def _check_of_list(plain: _Check, item: _Check) -> _Check:
    def check(value: Any) -> _Fault | None:
        return plain(value) or _first_below(enumerate(value), item)

    return check


def _check_of_dict(plain: _Check, item: _Check) -> _Check:
    def check(value: Any) -> _Fault | None:
        return plain(value) or _first_below(value.items(), item)

    return check


def _first_below(items: Iterable[tuple[str | int, Any]], item: _Check) -> _Fault | None:
    for key, value in items:
        fault = item(value)
        if fault is not None:
            return (key, *fault[0]), fault[1]
    return None


def _check_of_object(plain: _Check, contract: Any) -> _Check:
    if is_dataclass(contract):
        optional = {
            field.name
            for field in fields(contract)
            if (field.default, field.default_factory) != (MISSING, MISSING)
        }
    else:
        optional = contract.__optional_keys__
    hints = get_type_hints(contract)
    members = [(name, _check_of(kind)) for name, kind in hints.items()]

    def check(value: Any) -> _Fault | None:
        fault = plain(value)
        if fault is not None:
            return fault
        for name, member in members:
            if name in value:
                fault = member(value[name])
            elif name not in optional:
                fault = (), f"missing, expected {_words(hints[name])}"
            if fault is not None:
                return (name, *fault[0]), fault[1]
        return None

    return check


def _outer(contract: Any) -> Any:
    if is_typeddict(contract) or is_dataclass(contract):
        return dict
    outer = NoneType if contract is None else get_origin(contract) or contract
    return list if outer is tuple else outer


def _types(contract: Any) -> tuple[type, ...]:
    return _TYPES.get(_outer(contract), (_outer(contract),))


def _words(contract: Any) -> str:
    """Name a type for users: ``a list of strings``, ``an integer or null``."""
    origin = get_origin(contract)
    items = get_args(contract)
    if origin in (Union, UnionType):
        return " or ".join(map(_words, items))
    if origin is Literal:
        return " or ".join(map(_shown, items))
    if origin not in (list, tuple) or _outer(items[0]) not in _WORDS:
        return _WORDS[_outer(contract)][0]
    count = f"{len(items)} " if origin is tuple else ""
    return f"a list of {count}{_WORDS[_outer(items[0])][1]}"


def _shown(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    if isinstance(value, dict):
        return _WORDS[dict][0]
    if isinstance(value, str) and len(value) > _LONGEST:
        return json.dumps(value[:_LONGEST]) + "..."
    return json.dumps(value)
