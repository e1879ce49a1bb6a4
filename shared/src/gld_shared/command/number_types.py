"""The types of options that take a number: bounded integers, and finite floats."""

import math
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
