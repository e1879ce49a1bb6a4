"""The heads by their names in ``head.kind``. A new head needs its own file and a line here."""

from gld_train.losses.arcface import ArcFace
from gld_train.losses.circle import Circle
from gld_train.losses.cosface import AMSoftmax, CosFace
from gld_train.losses.head import Head
from gld_train.losses.linear import Linear

HEADS: dict[str, type[Head]] = {
    "arcface": ArcFace,
    "cosface": CosFace,
    "amsoftmax": AMSoftmax,
    "circle": Circle,
    "linear": Linear,
}
