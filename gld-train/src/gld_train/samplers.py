"""In which order the samples come: a function of seed and epoch alone."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Draw:
    """One sample of an epoch: its row in the list and its place in the epoch."""

    epoch: int
    position: int
    row: int


def shuffled(n_samples: int, seed: int, epoch: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Every row once, in an order drawn from (seed, epoch)."""
    return np.random.default_rng([seed, epoch]).permutation(n_samples)


@dataclass(frozen=True)
class Batches:
    """The batches of a whole run from one step on, so that loading never pauses between epochs.

    A short last batch is kept unless ``drop_last``; one of a single sample never is, because
    BatchNorm has no variance for it.
    """

    n_samples: int
    batch_size: int
    epochs: int
    seed: int
    drop_last: bool = False
    first_step: int = 0

    @property
    def per_epoch(self) -> int:
        """Steps in an epoch; 0 when there are too few samples for one."""
        full, rest = divmod(self.n_samples, self.batch_size)
        return full + (rest > 1 and not self.drop_last)

    def __len__(self) -> int:
        """Steps that are left."""
        return self.per_epoch * self.epochs - self.first_step

    def __iter__(self) -> Iterator[list[Draw]]:
        """Batch by batch; epochs count from 1."""
        begin = self.first_step // max(self.per_epoch, 1)
        for epoch in range(begin + 1, self.epochs + 1):
            order = shuffled(self.n_samples, self.seed, epoch)
            skipped = max(self.first_step - (epoch - 1) * self.per_epoch, 0)
            for batch in range(skipped, self.per_epoch):
                start = batch * self.batch_size
                rows = order[start : start + self.batch_size].tolist()
                yield [Draw(epoch, start + i, row) for i, row in enumerate(rows)]
