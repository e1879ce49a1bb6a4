"""The files that a run reads in addition to images: configuration, lists and first weights."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from gld_shared.checkpoint import is_checkpoint, load_checkpoint
from gld_shared.provenance import Input, PlainFile
from gld_shared.sha256 import sha256
from gld_shared.tables import Table, read_list

from gld_train.config import Config
from gld_train.data.labelled_rows import Samples, labelled
from gld_train.validate import Validation


@dataclass(frozen=True)
class Inputs:
    """The list to train on, and the files that the configuration names, read.

    ``validation`` is empty, or holds the lists of queries and index.
    """

    config: Config
    config_files: list[PlainFile]
    weights: list[PlainFile]
    training: Table
    validation: list[Table]

    @property
    def all(self) -> list[Input]:
        """All files, in the order in which the history records them."""
        return [*self.config_files, *self.weights, self.training, *self.validation]

    def digests(self) -> dict[str, str]:
        """Return the sha256 of the files that must be equal for a run to resume.

        The configuration is not included: it is compared value by value.
        """
        named: list[Input] = [*self.weights, *self.validation]
        return {
            "list": self.training.sha256,
            **{str(file.path): file.sha256 for file in named},
        }

    def samples(self) -> Samples:
        """Return the labelled rows of the list."""
        # Class vectors of an earlier stage, and a fixed number of classes, refer to the labels as
        # they are in the list.
        head = self.config.head
        return labelled(self.training, keep_labels=head.classes > 0 or head.init_file is not None)

    def make_validation(self, images: Path, workers: int) -> Validation | None:
        """Make the validation, if the configuration asks for one."""
        if not self.validation:
            return None
        queries, index = self.validation
        return Validation(queries, index, images, workers)


def read_inputs(config: Config, config_files: Iterable[Path], source: str) -> Inputs:
    """Read the list ``source`` and the files that the configuration names."""
    training, validation = read_list(source), config.validation
    lists = [validation.queries, validation.index] if validation.every else []
    names = [config.model.weights, config.head.init]
    weights = [_weights(name) for name in names if Path(name).is_file()]
    files = [PlainFile.read(path) for path in config_files]
    return Inputs(config, files, weights, training, [read_list(name) for name in lists])


def _weights(name: str) -> PlainFile:
    history = load_checkpoint(name).history if is_checkpoint(name) else []
    return PlainFile(name, sha256(name), history)
