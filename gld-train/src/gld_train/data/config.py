"""Section data of the configuration."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from gld_train.config_range import Interval, Rule


@dataclass(frozen=True)
class DataConfig:
    """Section data: the list, and the batches made of its images.

    ``list`` is read if the command line names none; empty: standard input. ``sampler``: ``shuffle``
    (every image once), ``id_uniform`` (every landmark once), ``image_uniform`` (every image, no
    landmark twice in a batch) or ``continent`` (by the shares of section continents).
    ``batch_size`` images make a step, on all GPUs together, so that training is the same on any
    number of them. Each GPU computes its share in ``accumulate`` parts, to need less memory.
    ``instances``: images of a landmark next to each other, for id_uniform and image_uniform.
    ``max_unreadable``: the number of images that may be replaced by another of their landmark.
    """

    list: str = ""
    sampler: str = "shuffle"
    batch_size: Annotated[int, Interval(1, 1_000_000, "images")] = 32
    accumulate: Annotated[int, Interval(1, 1_000_000, "parts of a batch")] = 1
    drop_last: bool = False
    instances: Annotated[int, Interval(1, 1_000_000, "images")] = 1
    max_unreadable: Annotated[int, Interval(0, 1_000_000_000, "images (0: stop at the first)")] = 0

    def rules(self) -> Sequence[Rule]:
        """Require parts and instances that fit the batch; the registry checks ``sampler``."""
        return [
            (
                self.accumulate <= max(self.batch_size, 1),
                f"data.accumulate: {self.accumulate}, expected at most data.batch_size, "
                f"{self.batch_size}",
            ),
            (
                self.batch_size % max(self.instances, 1) == 0,
                f"data.instances: {self.instances}, expected a divisor of data.batch_size, "
                f"{self.batch_size}",
            ),
        ]
