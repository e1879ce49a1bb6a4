"""The learning rate over time: warm-up, then one cosine over the whole run."""

import math
from dataclasses import dataclass
from math import inf
from typing import Annotated

from gld_train.config_range import Interval, Rule

WARMUP_START = 0.01
MINIMUM = 0.002


@dataclass(frozen=True)
class ScheduleConfig:
    """Section schedule: epochs of the run, and of the warm-up within it."""

    epochs: Annotated[int, Interval(1, 1_000_000)] = 10
    warmup: Annotated[float, Interval(0, inf, "epochs")] = 1.0

    def rules(self) -> list[Rule]:
        """Require a warm-up within the run."""
        return [
            (
                self.warmup <= self.epochs,
                f"schedule.warmup: {self.warmup}, expected at most schedule.epochs, {self.epochs}",
            ),
        ]


def learning_rate(t: float, base: float, lr: float, epochs: float, warmup: float) -> float:
    """Compute the rate of a parameter group at time ``t`` in epochs.

    ``lr`` is the run's rate, ``base`` the group's (a multiple of ``lr`` for biases). The warm-up
    rises linearly from 1 % of ``lr``, and the cosine ends at 0.2 % of ``lr``, for every ``base``.
    The cosine starts at t = 0, not after the warm-up, so the rate drops slightly where the warm-up
    ends. Source: the reference recipe; the values are equal to the recipe's.
    """
    if t < warmup:
        start = WARMUP_START * lr
        return start + t * (base - start) / warmup
    minimum = MINIMUM * lr
    if t >= epochs:
        return minimum
    return minimum + 0.5 * (base - minimum) * (1.0 + math.cos(math.pi * t / epochs))
