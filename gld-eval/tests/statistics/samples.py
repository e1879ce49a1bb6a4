"""Samples of values that are distributed as average precisions are."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Precisions:
    """A share of zeros, a share of ones, and a beta distribution between."""

    zeros: float
    ones: float
    a: float
    b: float

    @property
    def mean(self) -> float:
        return self.ones + (1 - self.zeros - self.ones) * self.a / (self.a + self.b)

    def draw(self, generator: np.random.Generator, *shape: int) -> NDArray[np.float64]:
        kind = generator.random(shape)
        between = generator.beta(self.a, self.b, shape)
        return np.where(kind < self.zeros, 0, np.where(kind > 1 - self.ones, 1, between))


ORDINARY = Precisions(0.3, 0.2, 0.7, 0.9)
KINDS = [
    ORDINARY,
    Precisions(0.6, 0.1, 0.5, 1),
    Precisions(0.05, 0.7, 2, 1),
    Precisions(0.9, 0.02, 0.5, 1),
    Precisions(0.02, 0.93, 1, 1),
]
