"""A counter that several threads share and that reports in larger steps."""

from collections.abc import Callable
from threading import Lock

from gld_shared.progress import Advance


def in_steps(advance: Advance, size: int = 1) -> Callable[[int], None]:
    """Return a counter for several threads that reports to ``advance`` each ``size`` counted."""
    lock, total, reported = Lock(), 0, 0

    def count(number: int) -> None:
        nonlocal total, reported
        with lock:
            total += number
            steps = total // size - reported
            if steps:
                advance(steps)
                reported += steps

    return count
