"""What a run reads besides its images: lists, first weights, and the history of both."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gld_shared.checkpoint import load_checkpoint
from gld_shared.files import sha256
from gld_shared.tables import Table, read_list

from gld_train.config import Config
from gld_train.samples import Samples, labelled
from gld_train.start import is_checkpoint
from gld_train.validate import Validation

Digests = list[tuple[str, str]]


@dataclass(frozen=True)
class Inputs:
    """The list to train on, those to validate on (none, or queries and index), the weights."""

    training: Table
    validation: list[Table]
    weights: Digests
    weights_history: list[Any]
    keeps_labels: bool

    def digests(self) -> Digests:
        """Each file's name and sha256."""
        lists = [self.training, *self.validation]
        return [*self.weights, *((one.source, one.sha256) for one in lists)]

    def histories(self) -> list[Any]:
        """How they were made."""
        lists = [self.training, *self.validation]
        return [*self.weights_history, *(one.history for one in lists)]

    def roles(self) -> dict[str, str]:
        """What must be equal for a run to go on; the configuration is compared by its values."""
        return {"list": self.training.sha256, **dict(self.weights)}

    def samples(self) -> Samples:
        """The labelled rows of the list."""
        return labelled(self.training, keep_labels=self.keeps_labels)

    def make_validation(self, images: Path, workers: int) -> Validation | None:
        """The validation, where the configuration asks for one."""
        if not self.validation:
            return None
        queries, index = self.validation
        return Validation(queries, index, images, workers)


def read_inputs(config: Config, source: str) -> Inputs:
    """Read the list ``source`` and what the configuration names."""
    training, validation = read_list(source), config.validation
    lists = [validation.queries, validation.index] if validation.every else []
    names = [config.model.weights, config.head.init]
    weights = [(name, sha256(name)) for name in names if Path(name).is_file()]
    histories = [load_checkpoint(name).history for name, _ in weights if is_checkpoint(name)]
    # A next stage's class vectors, or a fixed number, belong to the labels as they are.
    keeps = config.head.classes > 0 or config.head.init not in ("random", "class_means")
    return Inputs(training, [read_list(name) for name in lists], weights, histories, keeps)
