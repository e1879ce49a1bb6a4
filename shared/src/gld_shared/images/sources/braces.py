"""Brace expansion as in a shell: ``images_{000..099}.tar``, ``{train,index}.tar``."""

import re
from itertools import product
from math import inf, prod

from gld_shared.errors import DataError

_BRACES = re.compile(r"\{([^{}]*)\}")
_RANGE = re.compile(r"(\d+)\.\.(\d+)")
_MOST_NAMES = 100_000
_MOST_DIGITS = 1000


def expand_braces(text: str) -> list[str]:
    """Return all names in order; several braces give every combination.

    A range keeps the zeros before its first number: ``{08..10}`` is 08, 09, 10. Raises DataError
    for more than 100,000 names, and for a range of anything but numbers.
    """
    # Every second part was within braces.
    parts = _BRACES.split(text)
    if prod(_count(part, text) for part in parts[1::2]) > _MOST_NAMES:
        raise DataError(
            f"{text}: stands for more than {_MOST_NAMES:,} names; check the numbers in braces"
        )
    choices = [_choices(part) if at % 2 else [part] for at, part in enumerate(parts)]
    return ["".join(choice) for choice in product(*choices)]


def _count(inside: str, text: str) -> float:
    """Return the number of choices inside braces of a text, without listing them."""
    found = _RANGE.fullmatch(inside)
    if found is None:
        if ".." in inside and "," not in inside:
            raise DataError(
                f"{text}: {{{inside}}} is no range of numbers, as {{000..099}} is; "
                "list other names, as {train,index}"
            )
        return inside.count(",") + 1
    if max(map(len, found.groups())) > _MOST_DIGITS:
        return inf
    first, last = map(int, found.groups())
    return abs(last - first) + 1


def _choices(inside: str) -> list[str]:
    found = _RANGE.fullmatch(inside)
    if found is None:
        return inside.split(",") if "," in inside else ["{" + inside + "}"]
    first, last = int(found[1]), int(found[2])
    step = 1 if first <= last else -1
    width = max(map(len, found.groups())) if found[1].startswith("0") else 0
    return [str(number).zfill(width) for number in range(first, last + step, step)]
