"""Rules that the values of a configuration must follow."""

from collections.abc import Iterable

# A condition that must hold, and the message to report otherwise.
Rule = tuple[bool, str]


def any_of(names: Iterable[str]) -> str:
    """List the allowed values for a message: 'a', 'b' or 'c'."""
    quoted = [f"'{name}'" for name in names]
    return f"{', '.join(quoted[:-1])} or {quoted[-1]}"
