"""The check of all values of a configuration, which reports every mistake at once."""

from gld_shared.errors import DataError

from gld_train.config.config import Config
from gld_train.config_rule import Rule
from gld_train.samplers.registry import sampler_rule


def check(config: Config, source: str) -> None:
    """Raise one DataError that names every value out of range."""
    problems = [message for holds, message in _rules(config) if not holds]
    if problems:
        raise DataError(f"{source}: " + "; ".join(problems))
    # Raises DataError for unknown names of pooling and neck.
    config.model.network()


def _rules(config: Config) -> list[Rule]:
    return [
        *config.image.rules(),
        sampler_rule(config.data.sampler),
        *config.data.rules(),
        *config.continents.rules(),
        *config.augment.rules(),
        *config.head.rules(config.margin_by_size),
        *config.margin_by_size.rules(),
        *config.triplet.rules(),
        *config.optim.rules(),
        *config.schedule.rules(),
        *config.checkpoint.rules(config.model.weights),
        *config.validation.rules(),
    ]
