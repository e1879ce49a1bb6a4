"""The functions in which the exception of a signal would do lasting harm.

Some functions of Python's library take and release locks step by step: an exception between two
steps leaves the lock held, and other threads, or an import, wait for it for ever. In others, and in
our modules of locks and hidden names, an exception leaves a file that was just created, a context
that was just entered, or a folder that is being removed, to nobody who would remove it. Where
polars calls Python, as it does at its first use of numpy, an exception makes its Rust code print a
panic, or is lost.
"""

import concurrent.futures
import contextlib
import pathlib
import queue
import shutil
import threading
from pathlib import Path
from types import FrameType

from gld_shared import file_lock, unfinished_names

_MODULES = (threading, queue, contextlib, shutil, file_lock, unfinished_names)
_FILES = {module.__file__ for module in _MODULES}
_FUTURES = str(Path(concurrent.futures.__file__).parent)
# A folder since Python 3.13, a module before.
_PATHS = str(Path(pathlib.__file__).with_suffix("")).removesuffix("__init__")
_IMPORTS = "<frozen importlib._bootstrap"


def is_critical(frame: FrameType) -> bool:
    """Return whether an exception in a running function does harm."""
    file = frame.f_code.co_filename
    if file in _FILES or file.startswith((_FUTURES, _PATHS, _IMPORTS)):
        return True
    return _is_called_by_polars(frame)


def _is_called_by_polars(frame: FrameType | None) -> bool:
    while frame is not None:
        if str(frame.f_globals.get("__name__")).partition(".")[0] == "polars":
            return True
        frame = frame.f_back
    return False
