"""A counter that several threads share and that reports in larger steps."""

from collections.abc import Callable
from threading import Lock


def in_steps(update: Callable[[int], object], size: int = 1) -> Callable[[int], None]:
    """Return a counter for several threads that reports to ``update`` each ``size`` counted."""
    lock, total, reported = Lock(), 0, 0

    def count(number: int) -> None:
        nonlocal total, reported
        with lock:
            total += number
            steps = total // size - reported
            if steps:
                update(steps)
                reported += steps

    return count
