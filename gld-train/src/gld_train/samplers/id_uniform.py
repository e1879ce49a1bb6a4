"""Every landmark once in an epoch, with a few of its images."""

import numpy as np

from gld_train.data.labelled_rows import Rows
from gld_train.samplers.base import generator_of


class IdUniform:
    """Every landmark once in an epoch, with ``instances`` of its images next to each other.

    The images are drawn without replacement, or with replacement if a landmark has too few.
    """

    def __init__(self, labels: Rows, instances: int) -> None:
        """Sort the rows by label."""
        self.instances = instances
        self.by_label = np.argsort(labels, kind="stable")
        _, self.starts, self.counts = np.unique(
            labels[self.by_label], return_index=True, return_counts=True
        )

    def __len__(self) -> int:
        """The number of landmarks times instances."""
        return len(self.counts) * self.instances

    def rows(self, seed: int, epoch: int) -> Rows:
        """Shuffle the landmarks, and draw images of each."""
        generator = generator_of(seed, epoch)
        order = generator.permutation(len(self.counts))
        drawn = _distinct(self.counts[order], self.instances, generator)
        rows: Rows = self.by_label[self.starts[order][:, None] + drawn].ravel()
        return rows


def _distinct(
    counts: Rows, k: int, generator: np.random.Generator
) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """Draw for each count k numbers below it, (n, k), distinct where the count is at least k.

    Source: Bentley and Floyd, Programming Pearls: A Sample of Brilliance, 1987, vectorised.
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
