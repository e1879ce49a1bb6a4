"""The configuration of a training run: its sections together, and what they are used as."""

from dataclasses import asdict, dataclass, field, replace
from typing import Any

from gld_shared.errors import DataError
from gld_shared.images.settings import ImageSettings
from gld_shared.networks import NetworkConfig

from gld_train.config.rules import rules
from gld_train.config.sections import (
    RANDOM,
    Augment,
    Checkpoint,
    Continents,
    Data,
    Head,
    Image,
    MarginBySize,
    Model,
    Optim,
    Schedule,
    Triplet,
    Validation,
)


@dataclass(frozen=True)
class Config:
    """Everything that a run is made of, apart from the list, the images and the seed."""

    model: Model = field(default_factory=Model)
    image: Image = field(default_factory=Image)
    data: Data = field(default_factory=Data)
    augment: Augment = field(default_factory=Augment)
    head: Head = field(default_factory=Head)
    margin_by_size: MarginBySize = field(default_factory=MarginBySize)
    triplet: Triplet = field(default_factory=Triplet)
    continents: Continents = field(default_factory=Continents)
    optim: Optim = field(default_factory=Optim)
    schedule: Schedule = field(default_factory=Schedule)
    checkpoint: Checkpoint = field(default_factory=Checkpoint)
    validation: Validation = field(default_factory=Validation)

    @property
    def scaled_optim(self) -> Optim:
        """The optimizer's part with the learning rate for this run's batch."""
        optim = self.optim
        if not optim.lr_batch:
            return optim
        return replace(optim, lr=optim.lr * self.data.batch_size / optim.lr_batch)

    def network(self) -> NetworkConfig:
        """The network's part, as ``gld_shared.networks.build`` takes it."""
        values = asdict(self.model)
        if values["weights"] == RANDOM:
            values["weights"] = None
        return NetworkConfig.from_dict(values)

    def image_settings(self) -> ImageSettings:
        """The image's part, as stores and checkpoints record it."""
        return ImageSettings.from_dict(asdict(self.image))

    def recorded(self, seed: int) -> dict[str, Any]:
        """What the checkpoint keeps: plain JSON values."""
        values: dict[str, Any] = asdict(self)
        values["model"] = self.network().to_dict()
        values["image"] = self.image_settings().to_dict()
        return {**values, "seed": seed}


def check(config: Config, source: str) -> None:
    """Raise one DataError that names every value out of range."""
    problems = [message for holds, message in rules(config) if not holds]
    if problems:
        raise DataError(f"{source}: " + "; ".join(problems))
    config.network()
