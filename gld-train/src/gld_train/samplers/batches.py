"""From an epoch's order to the batches of one rank."""

from collections.abc import Iterator
from dataclasses import dataclass

from gld_train.samplers.base import Sampler


@dataclass(frozen=True)
class Draw:
    """One sample of an epoch: its row in the list and its place in the epoch."""

    epoch: int
    position: int
    row: int


@dataclass(frozen=True)
class Batches:
    """The batches of a whole run from one step on, so that loading never pauses between epochs.

    ``batch_size`` is the global one. Each batch is cut into ``world`` adjacent shares, of which
    this is ``rank``'s: the order, and each sample's position, are those of a single process. A
    short last batch is kept unless ``drop_last``; one with less than two samples for each rank
    never is, because BatchNorm has no variance for a single one.
    """

    sampler: Sampler
    batch_size: int
    epochs: int
    seed: int
    drop_last: bool = False
    first_step: int = 0
    rank: int = 0
    world: int = 1

    @property
    def per_epoch(self) -> int:
        """Steps in an epoch; 0 when there are too few samples for one."""
        full, rest = divmod(len(self.sampler), self.batch_size)
        return full + (rest >= 2 * self.world and not self.drop_last)

    def __len__(self) -> int:
        """Steps that are left."""
        return self.per_epoch * self.epochs - self.first_step

    def __iter__(self) -> Iterator[list[Draw]]:
        """Batch by batch; epochs count from 1."""
        begin = self.first_step // max(self.per_epoch, 1)
        for epoch in range(begin + 1, self.epochs + 1):
            order = self.sampler.rows(self.seed, epoch)
            skipped = max(self.first_step - (epoch - 1) * self.per_epoch, 0)
            for batch in range(skipped, self.per_epoch):
                start, stop = self._share(batch, len(order))
                rows = order[start:stop].tolist()
                yield [Draw(epoch, start + i, row) for i, row in enumerate(rows)]

    def _share(self, batch: int, n_samples: int) -> tuple[int, int]:
        """Where in the epoch this rank's part of a batch starts and stops."""
        start = batch * self.batch_size
        size = min(self.batch_size, n_samples - start)
        return (
            start + size * self.rank // self.world,
            start + size * (self.rank + 1) // self.world,
        )
