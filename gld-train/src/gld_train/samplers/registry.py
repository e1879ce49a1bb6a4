"""The samplers by name, ``data.sampler``. A new sampler needs its own file and a line here."""

from collections.abc import Callable

from gld_train.config_range import OneOf, Rule, shown
from gld_train.data.config import DataConfig
from gld_train.data.labelled_rows import Samples
from gld_train.samplers.base import Sampler
from gld_train.samplers.continent_shares import Continent, ContinentsConfig
from gld_train.samplers.id_uniform import IdUniform
from gld_train.samplers.image_uniform import ImageUniform
from gld_train.samplers.shuffle import Shuffle

SAMPLERS: dict[str, Callable[[Samples, DataConfig, ContinentsConfig], Sampler]] = {
    "shuffle": lambda samples, data, shares: Shuffle(len(samples)),
    "id_uniform": lambda samples, data, shares: IdUniform(samples.labels, data.instances),
    "image_uniform": lambda samples, data, shares: ImageUniform(
        samples.labels, data.batch_size, data.instances
    ),
    "continent": lambda samples, data, shares: Continent(samples, shares),
}


def sampler_rule(name: str) -> Rule:
    """Require ``data.sampler`` to be a known name."""
    return name in SAMPLERS, f"data.sampler: {shown(name)}, expected {OneOf(SAMPLERS)}"


def build_sampler(samples: Samples, data: DataConfig, shares: ContinentsConfig) -> Sampler:
    """Build the sampler ``data.sampler``; raises DataError on a list that it cannot use."""
    return SAMPLERS[data.sampler](samples, data, shares)
