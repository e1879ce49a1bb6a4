"""Section data of the configuration."""

from collections.abc import Sequence
from dataclasses import dataclass

from gld_train.config_rule import Rule


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
    batch_size: int = 32
    accumulate: int = 1
    drop_last: bool = False
    instances: int = 1
    max_unreadable: int = 0

    def rules(self) -> Sequence[Rule]:
        """Ranges of the values; the registry of samplers checks ``sampler``."""
        return [
            (self.batch_size > 0, "data.batch_size: expected at least 1"),
            (
                0 < self.accumulate <= max(self.batch_size, 1),
                "data.accumulate: expected parts of a batch, 1 to data.batch_size",
            ),
            (
                self.instances > 0 and self.batch_size % max(self.instances, 1) == 0,
                "data.instances: expected a divisor of data.batch_size",
            ),
            (
                self.max_unreadable >= 0,
                "data.max_unreadable: expected 0 (stop at the first) or more",
            ),
        ]
