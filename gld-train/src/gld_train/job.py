"""What a training run is made of."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from gld_train.config import Config
from gld_train.data.samples import Samples
from gld_train.distributed import Ranks
from gld_train.samplers import Batches, build_sampler
from gld_train.validate import Validation


@dataclass(frozen=True)
class Run:
    """All that a run needs; ``inputs`` are the sha256 of what it reads, by their role."""

    config: Config
    samples: Samples
    images: Path
    output: Path
    ranks: Ranks
    seed: int
    workers: int
    inputs: dict[str, str]
    history: list[dict[str, Any]]
    validation: Validation | None = None
    must_resume: bool = False
    tensorboard: bool = False

    @cached_property
    def batches(self) -> Batches:
        """The whole run's batches; raises DataError where the sampler cannot use the list."""
        data, epochs = self.config.data, self.config.schedule.epochs
        sampler = build_sampler(self.config, self.samples)
        return Batches(
            sampler, data.batch_size, epochs, self.seed, data.drop_last,
            rank=self.ranks.rank, world=self.ranks.world,
        )  # fmt: skip

    @property
    def steps(self) -> int:
        """All steps of the run."""
        return self.batches.per_epoch * self.config.schedule.epochs

    @property
    def settings(self) -> dict[str, Any]:
        """What must be equal for a run to go on."""
        return {**self.config.recorded(self.seed), "inputs": self.inputs}
