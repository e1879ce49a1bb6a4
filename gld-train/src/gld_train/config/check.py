"""The check of all values of a configuration, which reports every mistake at once."""

from collections.abc import Iterator
from dataclasses import fields

from gld_shared.errors import DataError

from gld_train.config.config import Config
from gld_train.config_range import Rule, out_of_range, ranges_of
from gld_train.samplers.registry import sampler_rule


def check(config: Config, source: str) -> None:
    """Raise one DataError that names every value out of range, and every contradiction."""
    problems = [
        *_out_of_range(config),
        *(message for holds, message in _rules(config) if not holds),
    ]
    if problems:
        raise DataError(f"{source}: " + "; ".join(problems))


def _out_of_range(config: Config) -> Iterator[str]:
    for section in fields(config):
        values = getattr(config, section.name)
        for key, allowed in ranges_of(type(values)).items():
            yield from out_of_range(f"{section.name}.{key}", getattr(values, key), allowed)


def _rules(config: Config) -> list[Rule]:
    return [
        sampler_rule(config.data.sampler),
        *config.data.rules(),
        *config.head.rules(config.margin_by_size),
        *config.margin_by_size.rules(),
        *config.continents.rules(),
        *config.schedule.rules(),
        *config.checkpoint.rules(config.model.weights),
        *config.validation.rules(),
    ]
