"""The learning rate over time: warmup, then one cosine over the whole run."""

import math

WARMUP_START = 0.01
MINIMUM = 0.002


def learning_rate(t: float, base: float, lr: float, epochs: float, warmup: float) -> float:
    """The rate at time ``t`` in epochs, for a parameter group.

    ``lr`` is the run's rate, ``base`` the group's (a multiple of it for biases). The line of the
    warmup starts at 1 % of ``lr`` and the cosine ends at 0.2 % of it, both absolute. The warmup is
    not taken off the cosine's time, so the rate falls a little where the warmup ends. Source: the
    reference recipe, whose values it equals.
    """
    if t < warmup:
        start = WARMUP_START * lr
        return start + t * (base - start) / warmup
    minimum = MINIMUM * lr
    if t >= epochs:
        return minimum
    return minimum + 0.5 * (base - minimum) * (1.0 + math.cos(math.pi * t / epochs))
