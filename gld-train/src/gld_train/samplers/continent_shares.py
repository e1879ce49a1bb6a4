"""The reference recipe's sampler: a fixed share of every continent, and of clean images in it."""

from dataclasses import asdict, dataclass
from typing import Annotated

import numpy as np
from gld_shared.errors import DataError

from gld_train.config_range import Interval, Rule
from gld_train.data.labelled_rows import Rows, Samples
from gld_train.samplers.base import generator_of

Share = Annotated[float, Interval(0, 1, "a share")]


@dataclass(frozen=True)
class ContinentsConfig:
    """Section continents: the share of each in an epoch, and of clean images in each."""

    asia: Share = 0.5
    europe: Share = 0.2
    africa: Share = 0.15
    north_america: Share = 0.1
    south_america: Share = 0.02
    antarctica: Share = 0.01
    oceania: Share = 0.01
    other: Share = 0.01
    clean: Share = 0.66

    def ratios(self) -> dict[str, float]:
        """Return the shares by the lists' names; landmarks without a known country are OTHER."""
        shares = {key: share for key, share in asdict(self).items() if key != "clean"}
        names = {key: key.replace("_", " ").title() for key in shares} | {"other": "OTHER"}
        return {names[key]: share for key, share in shares.items()}

    def rules(self) -> list[Rule]:
        """Require the shares of the continents to sum to 1."""
        total = sum(self.ratios().values())
        return [(abs(total - 1) < 1e-6, f"continents: shares sum to {total:g}, expected 1")]


class Continent:
    """Draws with replacement, one per row of the list, from two buckets of each continent.

    The buckets hold clean and noisy images; if one is empty, the other serves for both. Continents
    without images are left out, and the other shares scaled to a sum of 1. Images without a
    continent, or of one without a share, are never drawn. Source: the reference recipe; the numbers
    of draws are equal to the recipe's.
    """

    def __init__(self, samples: Samples, shares: ContinentsConfig) -> None:
        """Raise DataError when the list lacks a column, or has no image to draw."""
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
        """The number of draws: a few below the rows of the list, as shares are rounded down."""
        return sum(count for _, count in self.buckets)

    def rows(self, seed: int, epoch: int) -> Rows:
        """Draw bucket by bucket, then shuffle."""
        generator = generator_of(seed, epoch)
        drawn = np.concatenate(
            [bucket[generator.integers(0, len(bucket), count)] for bucket, count in self.buckets]
        )
        generator.shuffle(drawn)
        return drawn


def draw_counts(
    n_samples: int, ratios: dict[str, float], clean: float
) -> dict[str, tuple[int, int]]:
    """Compute each continent's clean and noisy draws, rounded down as in the recipe."""
    totals = {name: int(n_samples * ratio) for name, ratio in ratios.items()}
    return {name: (int(n * clean), n - int(n * clean)) for name, n in totals.items()}


def _buckets(
    here: np.ndarray[tuple[int], np.dtype[np.bool_]],
    clean: np.ndarray[tuple[int], np.dtype[np.bool_]],
) -> tuple[Rows, Rows]:
    """Return clean and noisy rows of a continent; if one is empty, the other serves for both."""
    clean_rows, noisy_rows = np.flatnonzero(here & clean), np.flatnonzero(here & ~clean)
    return (
        clean_rows if len(clean_rows) else noisy_rows,
        noisy_rows if len(noisy_rows) else clean_rows,
    )
