"""From the configuration to a sampler."""

from collections.abc import Callable

from gld_train.config import Config
from gld_train.data.samples import Samples
from gld_train.samplers.base import Sampler
from gld_train.samplers.continent import Continent
from gld_train.samplers.landmarks import IdUniform, ImageUniform
from gld_train.samplers.shuffle import Shuffle

SAMPLERS: dict[str, Callable[[Config, Samples], Sampler]] = {
    "shuffle": lambda config, samples: Shuffle(len(samples)),
    "id_uniform": lambda config, samples: IdUniform(samples.labels, config.data.instances),
    "image_uniform": lambda config, samples: ImageUniform(
        samples.labels, config.data.batch_size, config.data.instances
    ),
    "continent": lambda config, samples: Continent(samples, config.continents),
}


def build_sampler(config: Config, samples: Samples) -> Sampler:
    """The sampler that ``data.sampler`` names; raises DataError on a list that it cannot use."""
    return SAMPLERS[config.data.sampler](config, samples)
