"""Python's garbage collector in commands, whose imports make many objects and no garbage."""

import atexit
import gc
from functools import cache

# Objects that are made before the youngest are searched; Python's own number is 700.
_OBJECTS = 10_000


@cache
def collect_less() -> None:
    """Search for garbage less often, and not at all when the process ends.

    With torch imported, the searches of 200,000 objects at the end take a third of a second.
    """
    gc.set_threshold(_OBJECTS)
    # What is frozen is not searched.
    atexit.register(gc.freeze)
