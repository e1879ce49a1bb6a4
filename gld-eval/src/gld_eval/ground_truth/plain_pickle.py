"""Pickles of plain data: lists, dicts, strings, numbers and numpy arrays of numbers.

A pickle is a program. All its instructions are read before the first one runs, and those that plain
data do not need are refused. The names of functions and classes are refused too, but for the few
that describe arrays; these stand for classes that keep what the pickle says and do nothing else.
"""

import io
import pickle
import pickletools
from typing import Any

from gld_shared.errors import DataError

from gld_eval.ground_truth.array_descriptions import CLASSES, Described, NotPlain

# Classes and objects of them, sets, and what comes from outside of the file.
_REFUSED = {
    *("INST", "OBJ", "NEWOBJ", "NEWOBJ_EX", "EMPTY_SET", "ADDITEMS", "FROZENSET"),
    *("EXT1", "EXT2", "EXT4", "PERSID", "BINPERSID", "NEXT_BUFFER", "READONLY_BUFFER"),
}
_PLACES = ("PUT", "BINPUT", "LONG_BINPUT")


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in CLASSES:
            raise NotPlain(f"{module}.{name}")
        return CLASSES[module, name]


def read_plain_pickle(data: bytes, name: str) -> Any:
    """Read a pickle of plain data; tuples come as lists.

    Raises DataError, which names the file, for anything else, before any of it runs.
    """
    try:
        _check(data)
        return _plain(_Unpickler(io.BytesIO(data), encoding="latin1").load(), {})
    except NotPlain as found:
        raise DataError(
            f"{name}: a pickle that holds {found}, of which nothing was run; expected lists, "
            "dicts, strings, numbers and numpy arrays of numbers only, as in the official files"
        ) from None
    except RecursionError as error:
        raise DataError(
            f"{name}: a pickle that is nested too deeply; expected a dict of lists, as in the "
            "official files"
        ) from error
    except Exception as error:
        raise DataError(f"{name}: a damaged pickle ({error}); copy or download it again") from error


def _check(data: bytes) -> None:
    for instruction, argument, _ in pickletools.genops(data):
        if instruction.name in _REFUSED:
            raise NotPlain(f"the instruction {instruction.name}")
        # An absurd place would make the unpickler ask for as much memory.
        if instruction.name in _PLACES and int(argument or 0) > len(data):
            raise ValueError(f"place {argument} of {len(data)}")


def _plain(value: Any, done: dict[int, Any]) -> Any:
    """Replace descriptions by what they describe; a value that stands in many places, once."""
    if id(value) not in done:
        done[id(value)] = _converted(value, done)
    return done[id(value)]


def _converted(value: Any, done: dict[int, Any]) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item, done) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, done) for item in value]
    if isinstance(value, Described):
        return value.value()
    if isinstance(value, type):
        raise NotPlain(f"{value.__name__} by itself")
    return value
