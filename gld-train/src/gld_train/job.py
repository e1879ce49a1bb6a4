"""A training job: the settings and data that a run works with."""

import logging
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from gld_shared.checkpoint import load_checkpoint
from gld_shared.errors import DataError
from gld_shared.output_targets import is_stream
from gld_shared.provenance import History
from gld_shared.safetensors_checksum import ChecksumError
from gld_shared.type_contract import type_fault

from gld_train.config import Config
from gld_train.config_range import Interval, out_of_range
from gld_train.data.labelled_rows import Samples
from gld_train.distributed import Ranks, share_of_workers
from gld_train.earlier_settings import Recorded, difference_from
from gld_train.inputs import Inputs
from gld_train.losses.saved_class_vectors import load_class_vectors
from gld_train.run_folder.folder import RunFolder
from gld_train.samplers import Batches, build_sampler
from gld_train.validate import Validation

log = logging.getLogger(__name__)
SEEDS = Interval(0, 2**63 - 1)


@dataclass(frozen=True)
class Job:
    """A training job; ``digests`` are the sha256 of its inputs, by their role."""

    config: Config
    samples: Samples
    images: Path
    output: Path
    ranks: Ranks
    seed: int
    workers: int
    digests: dict[str, str]
    history: History
    validation: Validation | None = None
    must_resume: bool = False
    overwrite: bool = False
    tensorboard: bool = False

    @cached_property
    def batches(self) -> Batches:
        """The batches of the whole run. Raises DataError if the sampler cannot use the list."""
        config, data = self.config, self.config.data
        return Batches(
            build_sampler(self.samples, data, config.continents),
            data.batch_size,
            config.schedule.epochs,
            self.seed,
            data.drop_last,
            rank=self.ranks.rank,
            world=self.ranks.world,
        )

    @cached_property
    def steps(self) -> int:
        """The number of steps of the run."""
        return self.batches.per_epoch * self.config.schedule.epochs

    @property
    def settings(self) -> dict[str, Any]:
        """The values that must be equal for a run to resume."""
        return {**self.config.recorded(self.seed), "inputs": self.digests}

    def is_finished(self) -> bool:
        """Return whether the output exists, made from the same inputs and settings.

        Raises DataError if it is another checkpoint or another file, unless ``overwrite`` is set.
        """
        if self.output.is_dir():
            raise DataError(f"{self.output}: is a folder, expected the name of a checkpoint")
        if is_stream(self.output):
            raise DataError(
                f"{self.output}: is a device or a pipe, expected the name of a checkpoint; its run "
                "folder is beside it"
            )
        if not self.output.exists():
            return False
        problem = self._problem_of_output()
        if problem and not self.overwrite:
            raise DataError(
                f"{self.output}: {problem}; choose another output, or replace it with --overwrite"
            )
        return not problem

    def _problem_of_output(self) -> str:
        """Return how the existing output differs from this job's, empty if it does not."""
        try:
            earlier = load_checkpoint(self.output).config
        except ChecksumError:
            return "exists, and does not match its checksum"
        except DataError:
            return "exists, and is not a checkpoint of gld-train"
        if type_fault(earlier, Recorded):
            return "exists, and its configuration is damaged"
        different = difference_from(earlier, self.settings)
        if different:
            return f"finished with another {', '.join(different)}"
        return self._problem_of_class_vectors()

    def _problem_of_class_vectors(self) -> str:
        """Return whether those of the finished run are damaged; they may have been removed."""
        head = RunFolder.of(self.output).head
        try:
            if head.exists():
                load_class_vectors(str(head))
        except DataError:
            return f"finished, but {head} is damaged"
        return ""

    def check_batches(self) -> None:
        """Raise DataError for too few samples, or too small batches for the ranks; log the plan."""
        batches, world = self.batches, self.ranks.world
        if not batches.per_epoch:
            raise DataError(
                f"{len(self.samples)} labelled images make no batch of {batches.batch_size}; "
                "add images, or lower data.batch_size"
            )
        if batches.batch_size < 2 * world:
            raise DataError(
                f"data.batch_size is {batches.batch_size}, that of {world} processes together; "
                f"expected at least {2 * world}"
            )
        optim, accumulate = self.config.scaled_optim, self.config.data.accumulate
        log.info(
            "%d steps of %d images (%d processes, %d parts each), lr %g",
            self.steps, batches.batch_size, world, accumulate, optim.lr,
        )  # fmt: skip


def make_job(
    inputs: Inputs,
    images: Path,
    output: Path,
    ranks: Ranks,
    history: History,
    *,
    seed: int = 0,
    workers: int = 0,
    must_resume: bool = False,
    overwrite: bool = False,
    tensorboard: bool = False,
) -> Job:
    """Make the job of one rank; ``workers`` is the number for all ranks of this machine.

    Raises DataError for a seed that the random generators do not take.
    """
    if problems := out_of_range("seed", seed, SEEDS):
        raise DataError(*problems)
    own_workers = share_of_workers(workers)
    return Job(
        config=inputs.config,
        samples=inputs.samples(),
        images=images,
        output=output,
        ranks=ranks,
        seed=seed,
        workers=own_workers,
        digests=inputs.digests(),
        history=history,
        validation=inputs.make_validation(images, own_workers),
        must_resume=must_resume,
        overwrite=overwrite,
        tensorboard=tensorboard,
    )
