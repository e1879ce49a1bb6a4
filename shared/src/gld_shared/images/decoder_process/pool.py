"""Calling functions in decoder processes: one for each thread that decodes at the same time."""

import atexit
import os
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar
from weakref import WeakSet

from gld_shared.images.decoder_process.helper import CrashError, Helper
from gld_shared.images.errors import DamagedImageError

Result = TypeVar("Result")

_idle: list[Helper] = []
_all: WeakSet[Helper] = WeakSet()


def call_in_process(function: Callable[..., Result], *arguments: object) -> Result:
    """Call a function, found by its name, in a decoder process, and return or raise what it does.

    The process is started when none is idle, takes about 60 MB, and ends with this one. Raises
    DamagedImageError if the process crashes, or gives no answer in 30 s of CPU time.
    """
    try:
        return _attempt(function, arguments)
    except CrashError as error:
        if not error.is_kill:
            raise DamagedImageError(str(error)) from error
    # Something else has killed the process, such as a lack of memory: no fault of the image.
    try:
        return _attempt(function, arguments)
    except CrashError as error:
        raise DamagedImageError(str(error)) from error


def _attempt(function: Callable[..., Result], arguments: tuple[object, ...]) -> Result:
    try:
        helper = _idle.pop()
    except IndexError:
        helper = Helper()
        _all.add(helper)
    try:
        has_returned, result = helper.call(function, arguments)
    except BaseException:
        helper.end()
        raise
    _idle.append(helper)
    if not has_returned:
        raise result
    returned: Result = result
    return returned


def _end_all() -> None:
    for helper in list(_all):
        helper.end()


def _forget_all() -> None:
    """Forget the processes of the process that forked this one."""
    with suppress(OSError):
        for helper in list(_all):
            helper.forget()
    _all.clear()
    _idle.clear()


atexit.register(_end_all)
os.register_at_fork(after_in_child=_forget_all)
