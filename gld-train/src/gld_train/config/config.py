"""The whole configuration of a training run, put together from its sections."""

from dataclasses import asdict, dataclass, field
from typing import Any

from gld_train.config.sections import (
    CheckpointConfig,
    ImageConfig,
    ModelConfig,
    ValidationConfig,
)
from gld_train.data.augment import AugmentConfig
from gld_train.data.config import DataConfig
from gld_train.losses.head_config import HeadConfig
from gld_train.losses.margin_by_size import MarginBySizeConfig
from gld_train.losses.triplet import TripletConfig
from gld_train.optim.optimizer import OptimConfig
from gld_train.optim.schedule import ScheduleConfig
from gld_train.samplers.continent_shares import ContinentsConfig


@dataclass(frozen=True)
class Config:
    """All settings of a run, apart from the list, the images and the seed."""

    model: ModelConfig = field(default_factory=ModelConfig)
    image: ImageConfig = field(default_factory=ImageConfig)
    data: DataConfig = field(default_factory=DataConfig)
    augment: AugmentConfig = field(default_factory=AugmentConfig)
    head: HeadConfig = field(default_factory=HeadConfig)
    margin_by_size: MarginBySizeConfig = field(default_factory=MarginBySizeConfig)
    triplet: TripletConfig = field(default_factory=TripletConfig)
    continents: ContinentsConfig = field(default_factory=ContinentsConfig)
    optim: OptimConfig = field(default_factory=OptimConfig)
    schedule: ScheduleConfig = field(default_factory=ScheduleConfig)
    checkpoint: CheckpointConfig = field(default_factory=CheckpointConfig)
    validation: ValidationConfig = field(default_factory=ValidationConfig)

    @property
    def scaled_optim(self) -> OptimConfig:
        """Section optim with the learning rate for this run's batch size."""
        return self.optim.scaled_to(self.data.batch_size)

    def recorded(self, seed: int) -> dict[str, Any]:
        """Return the configuration as the checkpoint records it: plain JSON values."""
        values: dict[str, Any] = asdict(self)
        values["model"] = self.model.network().to_dict()
        values["image"] = self.image.settings().to_dict()
        return {**values, "seed": seed}
