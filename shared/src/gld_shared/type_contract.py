"""Checking plain values, such as those of JSON, against a type.

A type is a TypedDict or a dataclass (an object of these keys), ``list[T]``, ``tuple[T, T]`` (a list
of two), ``dict[str, T]``, a union, a Literal, ``Any``, ``str``, ``int``, ``float``, ``bool`` or
``None``. An object may have other keys, so that older releases read what newer ones write.
"""

import json
import re
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

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


def type_fault(value: Any, contract: Any, key: str = "") -> str | None:
    """Return the first value that is not of its type, None if there is none.

    Such as ``history[2].inputs: expected a list of strings, got 3``; ``key`` is the value's own.
    """
    origin = get_origin(contract)
    if contract is Any:
        return None
    if origin is Literal:
        return None if value in get_args(contract) else _mismatch(value, contract, key)
    if origin in (Union, UnionType):
        fitting = [kind for kind in get_args(contract) if _is_of(value, _outer(kind))]
        return type_fault(value, fitting[0], key) if fitting else _mismatch(value, contract, key)
    if not _is_of(value, _outer(contract)):
        return _mismatch(value, contract, key)
    if _outer(contract) is dict and origin is None:
        return _object_fault(value, contract, key)
    if origin is tuple and len(value) != len(get_args(contract)):
        return _mismatch(value, contract, key)
    if origin in (list, tuple):
        return _list_fault(value, get_args(contract)[0], key)
    if origin is dict:
        return _dict_fault(value, get_args(contract)[1], key)
    return None


def key_below(key: str, name: str) -> str:
    """Return the key of an object's member: ``image.size``, or ``metrics["a b"]``."""
    if _PLAIN_KEY.fullmatch(name):
        return f"{key}.{name}" if key else name
    return f"{key}[{_shown(name)}]"


def _object_fault(value: dict[str, Any], contract: Any, key: str) -> str | None:
    for name, (kind, is_required) in _members(contract).items():
        if name in value:
            fault = type_fault(value[name], kind, key_below(key, name))
        elif is_required:
            fault = f"{key_below(key, name)}: missing, expected {_words(kind)}"
        else:
            fault = None
        if fault:
            return fault
    return None


@cache
def _members(contract: Any) -> dict[str, tuple[Any, bool]]:
    """Return the type of each key of an object, and whether the key is required."""
    if is_dataclass(contract):
        optional = {
            field.name
            for field in fields(contract)
            if (field.default, field.default_factory) != (MISSING, MISSING)
        }
    else:
        optional = contract.__optional_keys__
    return {name: (kind, name not in optional) for name, kind in get_type_hints(contract).items()}


def _list_fault(value: list[Any], kind: Any, key: str) -> str | None:
    faults = (type_fault(item, kind, f"{key}[{place}]") for place, item in enumerate(value))
    return next(filter(None, faults), None)


def _dict_fault(value: dict[str, Any], kind: Any, key: str) -> str | None:
    faults = (type_fault(item, kind, key_below(key, name)) for name, item in value.items())
    return next(filter(None, faults), None)


def _outer(contract: Any) -> Any:
    if is_typeddict(contract) or is_dataclass(contract):
        return dict
    outer = NoneType if contract is None else get_origin(contract) or contract
    return list if outer is tuple else outer


def _is_of(value: Any, kind: Any) -> bool:
    """Return whether a value is of a plain type; an integer is a number, true is not."""
    if kind is float:
        return type(value) in (int, float)
    if kind is list:
        return type(value) in (list, tuple)
    return type(value) is kind


def _mismatch(value: Any, contract: Any, key: str) -> str:
    fault = f"expected {_words(contract)}, got {_shown(value)}"
    return f"{key}: {fault}" if key else fault


def _words(contract: Any) -> str:
    """Name a type for users: ``a list of strings``, ``an integer or null``."""
    origin = get_origin(contract)
    if origin in (Union, UnionType):
        return " or ".join(map(_words, get_args(contract)))
    if origin is Literal:
        return " or ".join(map(_shown, get_args(contract)))
    items = get_args(contract)
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
