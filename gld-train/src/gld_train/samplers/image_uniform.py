"""Every image once in an epoch, and no landmark twice in a batch."""

import numpy as np

from gld_train.data.labelled_rows import Rows
from gld_train.samplers.base import generator_of


class ImageUniform:
    """Every image once in an epoch, no landmark twice in a batch.

    ``instances`` images of a landmark are next to each other and count as one occurrence. An epoch
    has the largest possible number of full batches. The images left out (because their landmark is
    in every batch already, or because they would not fill a batch) differ from epoch to epoch.
    """

    def __init__(self, labels: Rows, batch_size: int, instances: int) -> None:
        """Take the batch size of all ranks together, a multiple of ``instances``."""
        self.instances = instances
        self.per_batch = batch_size // instances
        _, landmarks, self.counts = np.unique(labels, return_inverse=True, return_counts=True)
        self.landmarks = landmarks.astype(np.int32)
        self.batches = _most_batches(self.counts // instances, self.per_batch)

    def __len__(self) -> int:
        """The number of samples in full batches."""
        return self.batches * self.per_batch * self.instances

    def rows(self, seed: int, epoch: int) -> Rows:
        """Deal the images to the batches like cards, landmark by landmark; shuffle the batches.

        A landmark has at most as many turns as there are batches, and its turns are dealt in a
        row, so each goes to a different batch. Source: McNaughton's wrap-around rule, 1959.
        """
        generator = generator_of(seed, epoch)
        order = generator.permutation(len(self.counts))
        grouped = self._grouped(order, generator)
        counts = self.counts[order]
        turns = np.minimum(counts // self.instances, self.batches)
        place = np.arange(len(grouped)) - np.repeat(counts.cumsum() - counts, counts)
        kept = grouped[place < np.repeat(turns * self.instances, counts)][: len(self)]
        dealt = kept.reshape(self.per_batch, self.batches, self.instances).swapaxes(0, 1)
        return dealt[generator.permutation(self.batches)].ravel()

    def _grouped(self, order: Rows, generator: np.random.Generator) -> Rows:
        """Return all rows, landmark by landmark in ``order``, shuffled within each landmark."""
        rank = np.empty_like(order)
        rank[order] = np.arange(len(order))
        shuffled = generator.permutation(len(self.landmarks))
        # Sorting keys that combine landmark and position is faster than argsort.
        keys = rank[self.landmarks[shuffled]] * len(shuffled) + np.arange(len(shuffled))
        keys.sort()
        grouped: Rows = shuffled[keys % len(shuffled)]
        return grouped


def _most_batches(turns: Rows, per_batch: int) -> int:
    """Find the most batches of ``per_batch`` landmarks, with landmark i in at most turns[i]."""
    low, high = 0, int(turns.sum()) // per_batch
    while low < high:
        middle = (low + high + 1) // 2
        if int(np.minimum(turns, middle).sum()) >= middle * per_batch:
            low = middle
        else:
            high = middle - 1
    return low
