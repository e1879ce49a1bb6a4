"""In which order the samples come: a function of seed and epoch alone."""

from gld_train.samplers.base import Rows, Sampler
from gld_train.samplers.batches import Batches, Draw
from gld_train.samplers.continent import Continent
from gld_train.samplers.landmarks import IdUniform, ImageUniform
from gld_train.samplers.registry import SAMPLERS, build_sampler
from gld_train.samplers.shuffle import Shuffle

__all__ = [
    "SAMPLERS",
    "Batches",
    "Continent",
    "Draw",
    "IdUniform",
    "ImageUniform",
    "Rows",
    "Sampler",
    "Shuffle",
    "build_sampler",
]
