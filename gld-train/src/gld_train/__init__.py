"""Checkpoints of embedding networks, trained on labelled images, and whitened."""

from typing import TYPE_CHECKING

from gld_shared.lazy_exports import offer

if TYPE_CHECKING:
    from gld_train.train import train as train
    from gld_train.whitening.whiten import whiten as whiten

offer(__name__, {"train": "gld_train.train", "whiten": "gld_train.whitening.whiten"})
