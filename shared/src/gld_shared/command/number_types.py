"""The types of options that take a number: bounded integers, finite floats, sizes of memory."""

import math
import re
from typing import Any

import click

# Number of rows, such as neighbours: below the 32 bits of a rank.
COUNT = click.IntRange(1, 1_000_000_000)
# What numpy's and torch's random generators both take.
SEED = click.IntRange(0, 2**63 - 1)
# Threads and processes that one machine can start.
MOST_WORKERS = 1024
WORKERS = click.IntRange(1, MOST_WORKERS)
WORKERS_OR_NONE = click.IntRange(0, MOST_WORKERS)
_UNITS = {"M": 10**6, "G": 10**9, "T": 10**12}


class FiniteFloat(click.FloatRange):
    """A float from ``min`` to ``max``; "not a number" and infinity are refused.

    No comparison with "not a number" holds, so the bounds alone do not refuse it.
    """

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the number, or fail naming the option."""
        number = float(super().convert(value, param, ctx))
        if not math.isfinite(number):
            self.fail(f"{value} is not a finite number.", param, ctx)
        return number


class MemorySize(click.ParamType[int]):
    """An amount of memory in bytes, given as 600M, 2G or 1.5T: powers of 1000."""

    name = "SIZE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the bytes; fail for anything else."""
        match = re.fullmatch(r"(\d{1,9}(?:\.\d{1,9})?)([MGT])", str(value), re.ASCII)
        size = int(float(match[1]) * _UNITS[match[2]]) if match else 0
        if not size:
            self.fail(f"{value!r} is not an amount of memory, such as 600M or 2G.", param, ctx)
        return size
