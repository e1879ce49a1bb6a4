"""Python's garbage collector in commands, whose imports make many objects and no garbage."""

import atexit
import gc
import sys
from functools import cache

# Objects that are made before the youngest are searched; Python's own number is 700.
_OBJECTS = 10_000
# Their libraries, made with nanobind, complain of each object that is left when the process ends.
_COMPLAINING = {"onnx", "triton"}


def collect_seldom() -> None:
    """Search for garbage less often."""
    gc.set_threshold(_OBJECTS)


@cache
def collect_nothing_at_exit() -> None:
    """End the process without a search of all objects: a third of a second with torch imported."""
    atexit.register(_freeze)


def _freeze() -> None:
    if _COMPLAINING.isdisjoint(sys.modules):
        # What is frozen is not searched.
        gc.freeze()
