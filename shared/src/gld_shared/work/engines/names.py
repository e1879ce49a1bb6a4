"""The engines by name, and what each process that they start calls first."""

from collections.abc import Callable

LOCAL, RAY = ENGINES = ("local", "ray")
# Sets up a new process, such as its log; can be pickled.
Start = Callable[[], object]


def start_quietly() -> None:
    """Set nothing up in a new process: its log keeps Python's defaults."""
