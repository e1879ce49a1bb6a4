"""Counts in messages."""


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return a number and its noun: 1 store, 1,129 stores; ``plural`` if that is not with an s."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
