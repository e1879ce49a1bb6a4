"""Section head of the configuration, and the head that it describes."""

from dataclasses import dataclass
from math import inf
from typing import Annotated

import torch

from gld_train.config_range import Interval, Named, OneOf, Rule
from gld_train.losses.head import Head, Margin
from gld_train.losses.margin_by_size import MARGIN, MarginBySizeConfig, margins_by_size
from gld_train.losses.registry import HEADS


@dataclass(frozen=True)
class HeadConfig:
    """Section head: its kind, scale and margin (ArcFace's in radians), and first class vectors.

    ``kind``: a name in ``HEADS``. ``subcenters``: vectors per class. ``class_weights``: ``none``,
    or ``log``: frequent landmarks weigh less. ``negatives``: the share of the other classes that
    takes part in a step. ``init``: ``random``, ``class_means`` (of the training images, embedded
    with the first weights), or the ``head.safetensors`` of an earlier run's folder, whose leading
    rows are copied. ``classes``: 0 counts the labels of the list.
    """

    kind: Annotated[str, OneOf(HEADS)] = "arcface"
    scale: Annotated[float, Interval(0, inf, "a number", above=True)] = 30.0
    margin: Annotated[float, MARGIN] = 0.3
    subcenters: Annotated[int, Interval(1, 1000)] = 1
    label_smoothing: Annotated[float, Interval(0, 1, below=True)] = 0.0
    class_weights: Annotated[str, OneOf(("none", "log"))] = "none"
    negatives: Annotated[float, Interval(0, 1, "a share of the classes", above=True)] = 1.0
    init: Annotated[str, Named("'random', 'class_means' or a head.safetensors")] = "random"
    classes: Annotated[int, Interval(0, 1_000_000_000, "classes (0: count them)")] = 0

    @property
    def init_file(self) -> str | None:
        """The file of an earlier run's class vectors; None if ``init`` names no file."""
        return None if self.init in ("random", "class_means") else self.init

    def rules(self, by_size: MarginBySizeConfig) -> list[Rule]:
        """Require settings that this kind of head supports."""
        plain = self.kind in HEADS and not HEADS[self.kind].has_margin
        return [
            (
                not (plain and self.subcenters > 1),
                f"head.subcenters: {self.subcenters}, expected 1, because head.kind is "
                f"'{self.kind}'",
            ),
            (
                not (plain and by_size.enabled),
                f"margin_by_size.enabled: expected false, because head.kind is '{self.kind}'",
            ),
        ]


def build_head(
    config: HeadConfig, by_size: MarginBySizeConfig, dimension: int, counts: torch.Tensor
) -> Head:
    """Build the head for classes of ``counts`` (classes,) images each, with random vectors."""
    margin: Margin = margins_by_size(counts, by_size) if by_size.enabled else config.margin
    return HEADS[config.kind](dimension, len(counts), config.scale, margin, config.subcenters)
