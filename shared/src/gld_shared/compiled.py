"""Functions that numba compiles on their first call, and keeps compiled for later runs."""

import hashlib
import logging
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import numba
import numpy as np
import numpy.typing as npt
from numba.core.runtime.nrt import rtsys

from gld_shared.errors import DataError

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
log = logging.getLogger(__name__)


def compiled(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Compile a function; its calls release the interpreter's lock, so threads run side by side.

    The code is kept beside the file, else in the user's cache, or in $NUMBA_CACHE_DIR. Where it
    cannot be kept, is damaged, or was made from other sources, the function is compiled again,
    which takes up to a second.
    """
    return _kept(function, {})


def compiled_within(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Compile a function that only compiled ones call, without a way in from Python."""
    return _kept(function, {"no_cpython_wrapper": True})


def compiled_sums(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Compile a function as ``compiled_within``, with sums in any order, by vector instructions."""
    return _kept(function, {"fastmath": {"reassoc", "contract"}, "no_cpython_wrapper": True})


def compiled_in_any_order(
    function: Callable[Arguments, Result],
) -> Callable[Arguments, Result]:
    """Compile a function as ``compiled``, with sums in any order, by vector instructions."""
    return _kept(function, {"fastmath": {"reassoc", "contract"}})


def _kept(function: Callable[Arguments, Result], options: Any) -> Callable[Arguments, Result]:
    kept: Any
    if getattr(numba.config, "DISABLE_JIT", False):  # set from the environment
        raise DataError("NUMBA_DISABLE_JIT is set, so no loop would be compiled; unset it")
    options = {**options, "no_cfunc_wrapper": True}  # a wrapper for C takes a tenth of the time
    try:
        kept = numba.njit(cache=True, nogil=True, **options)(function)
    except (RuntimeError, OSError):  # no folder to keep it in
        kept = numba.njit(nogil=True, **options)(function)
    else:
        # Of numba's own stamp, only the function's file is part; the code holds what it calls too.
        kept._cache._cache_file._source_stamp = stamp_of(_package_of(function))
        kept._cache.load_overload = _load_without_compiler(kept._cache)
        _compile_again_on_errors(kept._cache)
    forgiving: Callable[Arguments, Result] = kept
    return forgiving


def _package_of(function: Callable[..., Any]) -> Path:
    """Return the folder of the package that a function belongs to, or of its module alone."""
    return Path(str(sys.modules[function.__module__.partition(".")[0]].__file__)).parent


@cache
def stamp_of(folder: Path) -> str:
    """Return a digest of the names, sizes and times of all Python files in a folder."""
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*.py")):
        status = file.stat()
        digest.update(
            f"{file.relative_to(folder)} {status.st_size} {status.st_mtime_ns}\n".encode()
        )
    return digest.hexdigest()


def _load_without_compiler(kept: Any) -> Callable[..., Any]:
    """Return a function that loads kept code, but not the rules by which numba compiles numpy.

    numba loads them before it looks for kept code, which takes as long as its import; the compiler
    loads them itself. The code's arrays only need the runtime that counts references.
    """

    def load(signature: Any, context: Any) -> Any:
        rtsys.initialize(context)
        return kept._load_overload(signature, context)

    return load


def _compile_again_on_errors(kept: Any) -> None:
    """Let a run go on without kept code, as without a cache; numba itself stops at damage."""
    load, save = kept.load_overload, kept.save_overload

    def load_if_whole(*arguments: Any) -> Any:
        try:
            return load(*arguments)
        # A damaged pickle may raise anything.
        except Exception as error:
            log.info("compiled code is damaged, so it is made again: %r", error)
            with suppress(OSError):
                kept.flush()
            return None

    def save_if_possible(*arguments: Any) -> None:
        try:
            save(*arguments)
        except OSError as error:
            log.info("compiled code could not be kept: %s", error)

    kept.load_overload, kept.save_overload = load_if_whole, save_if_possible


class ThreadScratch:
    """An array of zeros (n,) for each thread, which leaves it as it found it."""

    def __init__(self, n: int, dtype: npt.DTypeLike) -> None:
        """Keep the length and the type."""
        self._n, self._dtype = n, dtype
        self._local = threading.local()

    def zeros(self) -> npt.NDArray[Any]:
        """Return this thread's array."""
        if not hasattr(self._local, "array"):
            self._local.array = np.zeros(self._n, self._dtype)
        array: npt.NDArray[Any] = self._local.array
        return array
