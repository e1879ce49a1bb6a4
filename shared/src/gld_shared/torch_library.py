"""torch's arithmetic on numpy's arrays without the import of torch, by its stable C interface.

The import runs a thousand modules of Python and takes a second or more, the library a tenth of
that. Both may be in one process, and then share the library. The interface is AOTInductor's, in
torch's header ``torch/csrc/inductor/aoti_torch/c/shim.h``.
"""

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy.typing as npt

# torch's name of a number's type; numpy has no bfloat16, whose bits int16 holds here.
_TYPES = {"float16": "float16", "float32": "float32", "float64": "float64", "int16": "bfloat16"}
_ON_CPU = -1


def is_installed() -> bool:
    """Return whether torch is there, loaded or not."""
    return _file() is not None


def is_loaded() -> bool:
    """Return whether this process has loaded the library, by itself or with torch's import."""
    return _library.cache_info().currsize > 0 or ("torch" in sys.modules and _file() is not None)


def load() -> None:
    """Load the library unless it is loaded. Raises ImportError if torch is not installed."""
    _library()


def convert(numbers: npt.NDArray[Any], result: npt.NDArray[Any]) -> None:
    """Write numbers to an array of the same shape and of another type; int16 is bfloat16.

    To the nearest number, and to the even one of two. Raises ImportError if torch is not installed.
    """
    with _tensor(numbers) as source, _tensor(result) as target:
        _check(_library().aoti_torch_copy_(target, source, 0))


def multiply(left: npt.NDArray[Any], right: npt.NDArray[Any], products: npt.NDArray[Any]) -> None:
    """Write the inner products of all rows of (m, d) and of (n, d) to an array (m, n).

    All three are of one type; int16 is bfloat16, whose sums are those of float32, rounded. Raises
    ImportError if torch is not installed.
    """
    with _tensor(left) as some, _tensor(right.T) as others, _tensor(products) as result:
        _check(_library().aoti_torch_cpu_mm_out(result, some, others))


def threads() -> int:
    """Return the number of threads with which the library computes in the calling thread."""
    # A C++ function, at::get_num_threads(), by the name that compilers for Linux give it.
    return int(_library()._ZN2at15get_num_threadsEv())


def set_threads(count: int) -> None:
    """Let the library compute with so many threads in the calling thread."""
    _library()._ZN2at15set_num_threadsEi(count)


@contextmanager
def _tensor(array: npt.NDArray[Any]) -> Iterator[ctypes.c_void_p]:
    """Yield torch's handle of an array that it neither copies nor owns."""
    library, handle = _library(), ctypes.c_void_p()
    numbers = ctypes.c_int64 * array.ndim
    _check(
        library.aoti_torch_create_tensor_from_blob(
            ctypes.c_void_p(array.ctypes.data),
            ctypes.c_int64(array.ndim),
            numbers(*array.shape),
            numbers(*(step // array.itemsize for step in array.strides)),
            ctypes.c_int64(0),
            getattr(library, f"aoti_torch_dtype_{_TYPES[array.dtype.name]}")(),
            library.aoti_torch_device_type_cpu(),
            _ON_CPU,
            ctypes.byref(handle),
        )
    )
    try:
        yield handle
    finally:
        _check(library.aoti_torch_delete_tensor_object(handle))


def _check(error: int) -> None:
    """Raise RuntimeError for a call that failed, whose reason torch has printed."""
    if error:
        raise RuntimeError("torch's library: a call failed")


@cache
def _library() -> ctypes.CDLL:
    """Load the library. Raises ImportError if torch is not installed."""
    file = _file()
    if file is None:
        raise ImportError("torch is not installed")
    try:
        return ctypes.CDLL(str(file))
    except OSError:
        # In some installations only torch's import finds the libraries that this one needs.
        import_module("torch")
        return ctypes.CDLL(str(file))


@cache
def _file() -> Path | None:
    """Find the library's file, without the import of torch."""
    spec = find_spec("torch")
    for folder in (spec and spec.submodule_search_locations) or []:
        for file in sorted(Path(folder, "lib").glob("*torch_cpu.*")):
            if file.suffix in {".so", ".dylib", ".dll"}:
                return file
    return None
