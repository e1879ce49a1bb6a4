"""Split the order of an epoch into batches, and each batch among the ranks."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from gld_train.data.labelled_rows import Draw
from gld_train.samplers.base import Sampler


@dataclass(frozen=True)
class Batches:
    """The batches of all epochs after ``first_step``, so that loading never pauses between epochs.

    ``batch_size`` counts the images of all ranks. Each batch is split into ``world`` adjacent
    shares, of which these are ``rank``'s: the samples have the order and positions that they have
    in a single process. A short last batch is dropped if ``drop_last`` is set, or if it has fewer
    than two samples per rank, because BatchNorm has no variance for a single sample.
    """

    sampler: Sampler
    batch_size: int
    epochs: int
    seed: int
    drop_last: bool = False
    first_step: int = 0
    rank: int = 0
    world: int = 1

    @cached_property
    def samples(self) -> int:
        """The number of samples in an epoch."""
        return len(self.sampler)

    @cached_property
    def per_epoch(self) -> int:
        """The number of steps in an epoch; 0 when there are too few samples for a batch."""
        full, rest = divmod(self.samples, self.batch_size)
        return full + (rest >= 2 * self.world and not self.drop_last)

    def size(self, step: int) -> int:
        """Return the number of images of a step, on all ranks; ``step`` counts from 0."""
        start = step % self.per_epoch * self.batch_size
        return min(self.batch_size, self.samples - start)

    def __len__(self) -> int:
        """The number of remaining steps."""
        return self.per_epoch * self.epochs - self.first_step

    def __iter__(self) -> Iterator[list[Draw]]:
        """Yield batch by batch; epochs count from 1."""
        begin = self.first_step // max(self.per_epoch, 1)
        for epoch in range(begin + 1, self.epochs + 1):
            order = self.sampler.rows(self.seed, epoch)
            skipped = max(self.first_step - (epoch - 1) * self.per_epoch, 0)
            for batch in range(skipped, self.per_epoch):
                start, stop = self._share(batch, len(order))
                rows = order[start:stop].tolist()
                yield [Draw(epoch, start + i, row) for i, row in enumerate(rows)]

    def _share(self, batch: int, n_samples: int) -> tuple[int, int]:
        """Return start and stop, within the epoch, of this rank's share of a batch."""
        start = batch * self.batch_size
        size = min(self.batch_size, n_samples - start)
        return (
            start + size * self.rank // self.world,
            start + size * (self.rank + 1) // self.world,
        )
