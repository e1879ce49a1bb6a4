"""What a pickle says of numpy arrays, numbers and bytes, kept in classes of our own.

None of numpy's unpickling runs; the arrays are made afterwards, from checked descriptions.
"""

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

_NUMBERS = re.compile(r"[<>]?([iu][1248]|f[248])|\|?(b1|[iu]1)")


class NotPlain(Exception):
    """Something in a pickle that plain data do not need."""


class Described:
    """An object of a pickle: the arguments that made it, and the state that it was given."""

    def __init__(self, *arguments: Any) -> None:
        """Keep the arguments."""
        self.arguments = arguments
        self.state: tuple[Any, ...] = ()

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        """Keep the state."""
        self.state = state

    def value(self) -> Any:
        """Return what is described. Raises NotPlain unless it is plain data."""
        raise NotPlain(f"{type(self).__name__} by itself")


class Dtype(Described):
    """``numpy.dtype``: the type of an array's elements."""

    def numpy(self) -> np.dtype[Any]:
        """Return the type. Raises NotPlain unless it is one of numbers."""
        code = str(self.arguments[0])
        order = str(self.state[1]) if self.state else ""
        name = code if code[:1] in "<>|" else order + code
        if not _NUMBERS.fullmatch(name):
            raise NotPlain(f"an array of type {code!r}")
        return np.dtype(name)


class Array(Described):
    """An array whose shape, type and bytes are its state."""

    def value(self) -> NDArray[Any]:
        """Return the array."""
        _, shape, dtype, by_columns, data = self.state
        return _array(data, dtype, shape, "F" if by_columns else "C")


class ArrayOfBuffer(Described):
    """An array whose bytes, type, shape and order are its arguments (protocol 5)."""

    def value(self) -> NDArray[Any]:
        """Return the array."""
        data, dtype, shape, order = self.arguments
        return _array(data, dtype, shape, order)


class Scalar(Described):
    """A number of numpy."""

    def value(self) -> Any:
        """Return the number as Python's own."""
        dtype, data = self.arguments
        return _array(data, dtype, (), "C").item()


class Bytes(Described):
    """Bytes as protocol 2 writes them: text, and its encoding; or nothing."""

    def value(self) -> bytes:
        """Return the bytes."""
        text, encoding = self.arguments or ("", "latin1")
        if encoding not in ("latin1", "latin-1"):
            raise NotPlain(f"text encoded as {encoding!r}")
        return str(text).encode("latin1")


class ArrayClass(Described):
    """``numpy.ndarray`` itself, which is an argument only."""


def _array(data: Any, dtype: Dtype, shape: Any, order: Any) -> NDArray[Any]:
    kind = dtype.numpy()
    raw = data.value() if isinstance(data, Bytes) else data
    if isinstance(raw, str):  # Python 2's
        raw = raw.encode("latin1")
    if not isinstance(raw, bytes | bytearray):
        raise NotPlain("an array without bytes")
    return np.frombuffer(bytes(raw), kind).reshape(shape, order=order)


CLASSES: dict[tuple[str, str], type[Described]] = {
    ("_codecs", "encode"): Bytes,
    ("__builtin__", "bytes"): Bytes,
    ("numpy", "ndarray"): ArrayClass,
    ("numpy", "dtype"): Dtype,
    **{
        (f"{core}.{module}", function): description
        for core in ("numpy.core", "numpy._core")
        for module, function, description in (
            ("multiarray", "_reconstruct", Array),
            ("multiarray", "scalar", Scalar),
            ("numeric", "_frombuffer", ArrayOfBuffer),
        )
    },
}
