"""The order of the samples in an epoch: a function of seed and epoch alone."""

from gld_train.samplers.base import Sampler
from gld_train.samplers.batches import Batches
from gld_train.samplers.continent_shares import Continent
from gld_train.samplers.id_uniform import IdUniform
from gld_train.samplers.image_uniform import ImageUniform
from gld_train.samplers.registry import SAMPLERS, build_sampler
from gld_train.samplers.shuffle import Shuffle

__all__ = [
    "SAMPLERS",
    "Batches",
    "Continent",
    "IdUniform",
    "ImageUniform",
    "Sampler",
    "Shuffle",
    "build_sampler",
]
