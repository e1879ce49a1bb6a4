"""Brace expansion as in a shell: ``images_{000..099}.tar``, ``{train,index}.tar``."""

import re
from itertools import product

_BRACES = re.compile(r"\{([^{}]*)\}")
_RANGE = re.compile(r"(\d+)\.\.(\d+)")


def expand_braces(text: str) -> list[str]:
    """Return all names in order; several braces give every combination.

    A range keeps the zeros before its first number: ``{08..10}`` is 08, 09, 10.
    """
    # Every second part was within braces.
    parts = _BRACES.split(text)
    choices = [_choices(part) if at % 2 else [part] for at, part in enumerate(parts)]
    return ["".join(choice) for choice in product(*choices)]


def _choices(inside: str) -> list[str]:
    found = _RANGE.fullmatch(inside)
    if found is None:
        return inside.split(",") if "," in inside else ["{" + inside + "}"]
    first, last = int(found[1]), int(found[2])
    step = 1 if first <= last else -1
    width = max(map(len, found.groups())) if found[1].startswith("0") else 0
    return [str(number).zfill(width) for number in range(first, last + step, step)]
