"""The functions of Python's library that an exception at any moment may leave with a lock held.

They take and release locks step by step, in Python: an exception between two steps, as that of a
signal, leaves the lock held, and other threads, or an import, wait for it for ever.
"""

import concurrent.futures
import queue
import threading
from pathlib import Path
from types import FrameType

_FUTURES = str(Path(concurrent.futures.__file__).parent)
_IMPORTS = "<frozen importlib._bootstrap"


def may_keep_lock(frame: FrameType) -> bool:
    """Return whether an exception in a running function may leave a lock held."""
    file = frame.f_code.co_filename
    return file in (threading.__file__, queue.__file__) or file.startswith((_FUTURES, _IMPORTS))
