"""The protocol of the samplers, and the generator of an epoch."""

from typing import Protocol

import numpy as np

from gld_train.data.labelled_rows import Rows


class Sampler(Protocol):
    """The order of an epoch's samples. Memory: a few integers per row of the list."""

    def __len__(self) -> int:
        """The number of samples in an epoch; the same for all epochs."""
        ...

    def rows(self, seed: int, epoch: int) -> Rows:
        """Draw the epoch's samples as rows of the list, in order, from (seed, epoch) alone."""
        ...


def generator_of(seed: int, epoch: int) -> np.random.Generator:
    """Make the generator of one epoch's order."""
    return np.random.default_rng([seed, epoch])
