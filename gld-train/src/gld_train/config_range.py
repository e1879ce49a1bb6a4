"""The values that a key of the configuration may have, declared beside the key.

``lr: Annotated[float, Interval(0, inf, above=True)] = 0.01`` accepts positive numbers. The range of
an array holds for each of its numbers.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, time
from math import inf
from typing import Any, Protocol, get_type_hints, runtime_checkable

# A condition on several keys that must hold, and the message to report otherwise.
Rule = tuple[bool, str]

_LONGEST = 60


@runtime_checkable
class Range(Protocol):
    """The values that a key may have; ``str`` describes them, for messages."""

    def holds(self, value: Any) -> bool:
        """Return whether a value of the key's type is among them."""


@dataclass(frozen=True)
class Interval:
    """Numbers from ``low`` to ``high``; infinity and "not a number" are never among them.

    ``above`` excludes ``low``, ``below`` excludes ``high``. ``meaning`` says what the numbers are.
    """

    low: float
    high: float
    meaning: str = ""
    above: bool = False
    below: bool = False

    def holds(self, value: Any) -> bool:
        """Return whether a number is between the bounds."""
        low = value > self.low if self.above else value >= self.low
        high = value < self.high if self.below or self.high == inf else value <= self.high
        return bool(low and high)

    def __str__(self) -> str:
        """Describe the numbers: ``a probability, 0 to 1``."""
        low = f"above {self.low:,}" if self.above else f"{self.low:,}"
        high = f"below {self.high:,}" if self.below else f"{self.high:,}"
        if self.high == inf:
            bounds = low if self.above else f"{low} or more"
        else:
            bounds = f"{low} to {high}"
        return f"{self.meaning}, {bounds}" if self.meaning else bounds


@dataclass(frozen=True)
class OneOf:
    """One of several names, which may be a registry that grows."""

    names: Collection[str]

    def holds(self, value: Any) -> bool:
        """Return whether a text is one of the names."""
        return value in self.names

    def __str__(self) -> str:
        """List the names: ``'a', 'b' or 'c'``."""
        *first, last = [f"'{name}'" for name in self.names]
        return f"{', '.join(first)} or {last}" if first else last


@dataclass(frozen=True)
class Named:
    """Any text but the empty one; ``meaning`` says what it names."""

    meaning: str

    def holds(self, value: Any) -> bool:
        """Return whether a text is not empty."""
        return bool(value)

    def __str__(self) -> str:
        """Return the meaning."""
        return self.meaning


def ranges_of(section: type) -> dict[str, Range]:
    """Return the range of each key of a section that has one."""
    hints = get_type_hints(section, include_extras=True)
    return {
        key: extra
        for key, hint in hints.items()
        for extra in getattr(hint, "__metadata__", ())
        if isinstance(extra, Range)
    }


def out_of_range(name: str, value: Any, allowed: Range) -> list[str]:
    """Return the message for a key's value that is not in its range, or nothing."""
    holds = all(map(allowed.holds, value)) if isinstance(value, tuple) else allowed.holds(value)
    return [] if holds else [f"{name}: {shown(value)}, expected {allowed}"]


def shown(value: Any) -> str:
    """Return a value for a message, at most 60 characters."""
    if isinstance(value, date | time):
        return value.isoformat()
    try:
        text = repr(list(value) if isinstance(value, tuple) else value)
    except ValueError:
        # Python writes no whole number of more than 4,300 digits.
        text = "a number of thousands of digits"
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
