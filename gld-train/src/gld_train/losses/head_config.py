"""Section head of the configuration, and the head that it describes."""

from dataclasses import dataclass

import torch

from gld_train.config_rule import Rule, any_of
from gld_train.losses.head import Head, Margin
from gld_train.losses.margin_by_size import MarginBySizeConfig, margins_by_size
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

    kind: str = "arcface"
    scale: float = 30.0
    margin: float = 0.3
    subcenters: int = 1
    label_smoothing: float = 0.0
    class_weights: str = "none"
    negatives: float = 1.0
    init: str = "random"
    classes: int = 0

    @property
    def init_file(self) -> str | None:
        """The file of an earlier run's class vectors; None if ``init`` names no file."""
        return None if self.init in ("random", "class_means") else self.init

    def rules(self, by_size: MarginBySizeConfig) -> list[Rule]:
        """Ranges of the values, and settings that this kind of head does not support."""
        plain = self.kind in HEADS and not HEADS[self.kind].has_margin
        return [
            (self.kind in HEADS, f"head.kind: expected {any_of(HEADS)}"),
            (self.scale > 0, "head.scale: expected a positive number"),
            (0 <= self.margin < 1.58, "head.margin: expected radians, 0 to pi/2"),
            (self.subcenters > 0, "head.subcenters: expected at least 1"),
            (
                not (plain and self.subcenters > 1),
                f"head.subcenters: expected 1, because head.kind is '{self.kind}'",
            ),
            (0 <= self.label_smoothing < 1, "head.label_smoothing: expected 0 to 1"),
            (self.class_weights in ("none", "log"), "head.class_weights: expected 'none' or 'log'"),
            (
                0 < self.negatives <= 1,
                "head.negatives: expected a share of the classes, above 0, at most 1",
            ),
            (self.classes >= 0, "head.classes: expected 0 (count them) or more"),
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
