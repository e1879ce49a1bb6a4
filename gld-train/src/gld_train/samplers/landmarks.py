"""Samplers that see to how often a landmark comes: every one once, or never twice in a batch."""

import numpy as np

from gld_train.samplers.base import Rows, generator_of


class IdUniform:
    """Every landmark once in an epoch, by ``instances`` of its images next to each other.

    The images are drawn without replacement, or with it where a landmark has too few.
    """

    def __init__(self, labels: Rows, instances: int) -> None:
        """Sort the rows by label."""
        self.instances = instances
        self.by_label = np.argsort(labels, kind="stable")
        _, self.starts, self.counts = np.unique(
            labels[self.by_label], return_index=True, return_counts=True
        )

    def __len__(self) -> int:
        """Landmarks times instances."""
        return len(self.counts) * self.instances

    def rows(self, seed: int, epoch: int) -> Rows:
        """Landmarks in random order, images of each drawn at random."""
        generator = generator_of(seed, epoch)
        order = generator.permutation(len(self.counts))
        drawn = _distinct(self.counts[order], self.instances, generator)
        rows: Rows = self.by_label[self.starts[order][:, None] + drawn].ravel()
        return rows


def _distinct(
    counts: Rows, k: int, generator: np.random.Generator
) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """For each count k numbers below it, (n, k), different ones where there are as many.

    Source: Bentley and Floyd, Programming Pearls: A Sample of Brilliance, 1987, for all at once.
    """
    drawn = np.empty((len(counts), k), np.int64)
    for column in range(k):
        largest = counts - k + column
        new = generator.integers(0, np.maximum(largest, 0), endpoint=True)
        taken = (drawn[:, :column] == new[:, None]).any(axis=1)
        drawn[:, column] = np.where(taken, largest, new)
    few = counts < k
    drawn[few] = generator.integers(0, counts[few][:, None], (int(few.sum()), k))
    return drawn


class ImageUniform:
    """Every image once in an epoch, no landmark twice in a batch.

    ``instances`` images of a landmark stand next to each other and count as its one time. An epoch
    has as many full batches as can be made so; images that then are left over (of landmarks with
    more than one for each batch, and a last part of a batch) differ from epoch to epoch.
    """

    def __init__(self, labels: Rows, batch_size: int, instances: int) -> None:
        """``batch_size`` is the global one, a multiple of ``instances``."""
        self.instances = instances
        self.per_batch = batch_size // instances
        _, landmarks, self.counts = np.unique(labels, return_inverse=True, return_counts=True)
        self.landmarks = landmarks.astype(np.int32)
        self.batches = _most_batches(self.counts // instances, self.per_batch)

    def __len__(self) -> int:
        """Full batches only."""
        return self.batches * self.per_batch * self.instances

    def rows(self, seed: int, epoch: int) -> Rows:
        """Dealt to the batches like cards, one landmark's after another's, then the batches mixed.

        A landmark has at most as many turns as there are batches, and they are dealt in a row: so
        each goes to another batch. Source: McNaughton's wrap-around rule, 1959.
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
        """All rows, landmark by landmark in ``order``, each one's shuffled."""
        rank = np.empty_like(order)
        rank[order] = np.arange(len(order))
        shuffled = generator.permutation(len(self.landmarks))
        # Sorting the places with their landmarks is faster than asking for an order.
        keys = rank[self.landmarks[shuffled]] * len(shuffled) + np.arange(len(shuffled))
        keys.sort()
        grouped: Rows = shuffled[keys % len(shuffled)]
        return grouped


def _most_batches(turns: Rows, per_batch: int) -> int:
    """The largest number of batches of ``per_batch`` landmarks, each with so many turns at most."""
    low, high = 0, int(turns.sum()) // per_batch
    while low < high:
        middle = (low + high + 1) // 2
        if int(np.minimum(turns, middle).sum()) >= middle * per_batch:
            low = middle
        else:
            high = middle - 1
    return low
