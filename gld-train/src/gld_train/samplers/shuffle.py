"""Every image once, in random order."""

from dataclasses import dataclass

from gld_train.data.labelled_rows import Rows
from gld_train.samplers.base import generator_of


@dataclass(frozen=True)
class Shuffle:
    """Every row once, shuffled: a landmark is drawn as often as it has images."""

    n_samples: int

    def __len__(self) -> int:
        """The number of rows."""
        return self.n_samples

    def rows(self, seed: int, epoch: int) -> Rows:
        """Draw a permutation."""
        return generator_of(seed, epoch).permutation(self.n_samples)
