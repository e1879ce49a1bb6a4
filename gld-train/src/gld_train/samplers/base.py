"""What every sampler is."""

from typing import Protocol

import numpy as np

Rows = np.ndarray[tuple[int], np.dtype[np.int64]]


class Sampler(Protocol):
    """The order of an epoch's samples. Memory: a few integers per row of the list."""

    def __len__(self) -> int:
        """Samples in an epoch; the same for all."""
        ...

    def rows(self, seed: int, epoch: int) -> Rows:
        """The epoch's samples as rows of the list, in order; drawn from (seed, epoch) alone."""
        ...


def generator_of(seed: int, epoch: int) -> np.random.Generator:
    """The generator of one epoch's order."""
    return np.random.default_rng([seed, epoch])
