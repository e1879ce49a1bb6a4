"""Every image once."""

from dataclasses import dataclass

from gld_train.samplers.base import Rows, generator_of


@dataclass(frozen=True)
class Shuffle:
    """Every row once, shuffled: large landmarks come as often as they have images."""

    n_samples: int

    def __len__(self) -> int:
        """All rows."""
        return self.n_samples

    def rows(self, seed: int, epoch: int) -> Rows:
        """A permutation."""
        return generator_of(seed, epoch).permutation(self.n_samples)
