"""The reference recipe's sampler: a fixed share of every continent, and of clean images in it."""

import numpy as np
from gld_shared.errors import DataError

from gld_train.config.sections import Continents
from gld_train.data.samples import Samples
from gld_train.samplers.base import Rows, generator_of


class Continent:
    """As many draws as the list has rows, with replacement, from a clean and a noisy bucket each.

    An empty bucket's draws come from the other one of its continent; continents without images are
    left out and the shares of the others raised alike. Images of no continent, or of another one,
    never come. Source: the reference recipe, whose numbers of draws it equals.
    """

    def __init__(self, samples: Samples, shares: Continents) -> None:
        """Raises DataError when the list lacks a column, or has no image to draw."""
        if samples.continents is None or samples.clean is None:
            columns = {"continent": samples.continents, "clean": samples.clean}
            lacking = " and ".join(name for name, column in columns.items() if column is None)
            raise DataError(
                f"{samples.source}: no column {lacking}; data.sampler 'continent' needs it; make "
                "the list with gld-lists google, or choose another sampler"
            )
        ratios = shares.ratios()
        buckets = {
            name: _buckets(samples.continents == name.encode(), samples.clean)
            for name, ratio in ratios.items()
            if ratio > 0
        }
        buckets = {name: pair for name, pair in buckets.items() if len(pair[0])}
        if not buckets:
            raise DataError(
                f"{samples.source}: no image's continent has a share; known are {', '.join(ratios)}"
            )
        present = {name: ratios[name] for name in buckets}
        if len(present) < len(ratios):
            total = sum(present.values())
            present = {name: ratio / total for name, ratio in present.items()}
        counts = draw_counts(len(samples), present, shares.clean)
        self.buckets = [
            (bucket, count)
            for name, pair in buckets.items()
            for bucket, count in zip(pair, counts[name], strict=True)
        ]

    def __len__(self) -> int:
        """Shares are rounded down: a few less than the list has rows."""
        return sum(count for _, count in self.buckets)

    def rows(self, seed: int, epoch: int) -> Rows:
        """Bucket by bucket, then shuffled."""
        generator = generator_of(seed, epoch)
        drawn = np.concatenate(
            [bucket[generator.integers(0, len(bucket), count)] for bucket, count in self.buckets]
        )
        generator.shuffle(drawn)
        return drawn


def draw_counts(
    n_samples: int, ratios: dict[str, float], clean: float
) -> dict[str, tuple[int, int]]:
    """Clean and noisy draws of each continent, rounded down as the recipe does."""
    totals = {name: int(n_samples * ratio) for name, ratio in ratios.items()}
    return {name: (int(n * clean), n - int(n * clean)) for name, n in totals.items()}


def _buckets(
    here: np.ndarray[tuple[int], np.dtype[np.bool_]],
    clean: np.ndarray[tuple[int], np.dtype[np.bool_]],
) -> tuple[Rows, Rows]:
    """Clean and noisy rows of a continent, each standing in for the other where that is empty."""
    clean_rows, noisy_rows = np.flatnonzero(here & clean), np.flatnonzero(here & ~clean)
    return (
        clean_rows if len(clean_rows) else noisy_rows,
        noisy_rows if len(noisy_rows) else clean_rows,
    )
