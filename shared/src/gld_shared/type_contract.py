"""Checking plain values, such as those of JSON, against a type.

A type is a TypedDict, ``list[T]``, ``dict[str, T]``, a union, a Literal, ``Any``, ``str``, ``int``,
``float``, ``bool`` or ``None``. A TypedDict allows keys that it does not name, so that older
releases read what newer ones write.
"""

import json
import re
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
    if is_typeddict(contract):
        return _object_fault(value, contract, key)
    if origin is list:
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
    for name, kind in _members(contract).items():
        if name in value:
            fault = type_fault(value[name], kind, key_below(key, name))
        elif name in contract.__required_keys__:
            fault = f"{key_below(key, name)}: missing, expected {_words(kind)}"
        else:
            fault = None
        if fault:
            return fault
    return None


@cache
def _members(contract: Any) -> dict[str, Any]:
    return get_type_hints(contract)


def _list_fault(value: list[Any], kind: Any, key: str) -> str | None:
    faults = (type_fault(item, kind, f"{key}[{place}]") for place, item in enumerate(value))
    return next(filter(None, faults), None)


def _dict_fault(value: dict[str, Any], kind: Any, key: str) -> str | None:
    faults = (type_fault(item, kind, key_below(key, name)) for name, item in value.items())
    return next(filter(None, faults), None)


def _outer(contract: Any) -> Any:
    if is_typeddict(contract):
        return dict
    return NoneType if contract is None else get_origin(contract) or contract


def _is_of(value: Any, kind: Any) -> bool:
    """Return whether a value is of a plain type; an integer is a number, true is not."""
    if kind is float:
        return type(value) in (int, float)
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
    item = get_args(contract)[0] if origin is list else Any
    if item is Any or _outer(item) not in _WORDS:
        return _WORDS[_outer(contract)][0]
    return f"{_WORDS[list][0]} of {_WORDS[_outer(item)][1]}"


def _shown(value: Any) -> str:
    if isinstance(value, list | dict):
        return _WORDS[type(value)][0]
    if isinstance(value, str) and len(value) > _LONGEST:
        return json.dumps(value[:_LONGEST]) + "..."
    return json.dumps(value)
