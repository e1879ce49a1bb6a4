"""What a run reads besides its images: lists, first weights, and the history of both."""

from dataclasses import dataclass
from pathlib import Path

from gld_shared.checkpoint import load_checkpoint
from gld_shared.files import sha256
from gld_shared.provenance import Input, PlainFile
from gld_shared.tables import Table, read_list

from gld_train.config import Config
from gld_train.data.samples import Samples, labelled
from gld_train.initial_weights import is_checkpoint
from gld_train.validate import Validation


@dataclass(frozen=True)
class Inputs:
    """The list to train on, those to validate on (none, or queries and index), the weights."""

    training: Table
    validation: list[Table]
    weights: list[PlainFile]
    keeps_labels: bool

    @property
    def all(self) -> list[Input]:
        """All of them."""
        return [*self.weights, self.training, *self.validation]

    def roles(self) -> dict[str, str]:
        """What must be equal for a run to go on; the configuration is compared by its values."""
        return {
            "list": self.training.sha256,
            **{str(one.path): one.sha256 for one in self.weights},
        }

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
    weights = [_weights(name) for name in names if Path(name).is_file()]
    # A next stage's class vectors, or a fixed number, belong to the labels as they are.
    keeps = config.head.classes > 0 or config.head.init not in ("random", "class_means")
    return Inputs(training, [read_list(name) for name in lists], weights, keeps)


def _weights(name: str) -> PlainFile:
    history = load_checkpoint(name).history if is_checkpoint(name) else []
    return PlainFile(name, sha256(name), history)
