"""A training run, from its first step or from where it was interrupted."""

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from gld_shared.checkpoint import load_checkpoint, save_checkpoint
from gld_shared.errors import DataError

from gld_train.augment import Augmentation, make_augmentation
from gld_train.config import Config
from gld_train.data import Batch, TrainingImages, batches_of, in_order
from gld_train.heads.stored import save_class_vectors
from gld_train.learner import Learner, StepResult
from gld_train.objective import Objective
from gld_train.run_state import RunFolder
from gld_train.samplers import Batches, Draw, build_sampler
from gld_train.samples import Samples
from gld_train.start import class_means, make_head, make_network
from gld_train.unreadable import UnreadableImages
from gld_train.validate import Validation

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Run:
    """All that a run needs; ``inputs`` are the sha256 of what it reads, by their role."""

    config: Config
    samples: Samples
    images: Path
    output: Path
    device: torch.device
    seed: int
    workers: int
    inputs: dict[str, str]
    history: list[dict[str, Any]]
    validation: Validation | None = None
    must_resume: bool = False

    @cached_property
    def batches(self) -> Batches:
        """The whole run's batches; raises DataError where the sampler cannot use the list."""
        data, epochs = self.config.data, self.config.schedule.epochs
        sampler = build_sampler(self.config, self.samples)
        return Batches(sampler, data.batch_size, epochs, self.seed, data.drop_last)

    @property
    def settings(self) -> dict[str, Any]:
        """What must be equal for a run to go on."""
        return {**self.config.recorded(self.seed), "inputs": self.inputs}


def train(run: Run, advance: Callable[[int], None] = lambda n_steps: None) -> Path:
    """Train, and return the checkpoint's path; one that is finished already is left as it is.

    ``advance`` is told of the steps that are done. Raises DataError on unreadable images, on too
    few samples, and when an interrupted run's settings differ.
    """
    if is_finished(run):
        log.warning("%s: finished before with the same settings; nothing to do", run.output)
        return run.output
    batches = run.batches
    if not batches.per_epoch:
        raise DataError(
            f"{len(run.samples)} labelled images make no batch of {batches.batch_size}; "
            "add images, or lower data.batch_size"
        )
    folder = RunFolder.of(run.output)
    folder.open(run.settings)
    learner, done = begin(run, folder)
    advance(done)
    last = _learn(run, learner, folder, done, advance)
    metrics = _final_metrics(run, learner, last)
    _finish(run, learner, folder, metrics)
    return run.output


def is_finished(run: Run) -> bool:
    """Whether the output stands there, made from the same inputs and settings."""
    if not run.output.is_file():
        return False
    config = load_checkpoint(run.output).config
    return bool(config == run.settings)


def begin(run: Run, folder: RunFolder) -> tuple[Learner, int]:
    """A learner, and how many steps it has done: 0, or those of the newest state."""
    config, samples = run.config, run.samples
    state = folder.newest()
    if run.must_resume and state is None:
        raise DataError(f"{folder.path}: no state to resume from; leave --resume out to start")
    network = make_network(config, run.seed)
    head = make_head(config, network.dimension, samples, run.seed)
    objective = Objective(head, config, samples.counts(head.classes), run.seed)
    learner = Learner(network, objective, config, run.device, run.seed)
    done = 0
    if state is not None:
        learner.load_state(state)
        done = state["step"]
        log.info("%s: goes on after step %d", folder.path, done)
    else:
        folder.unreadable.unlink(missing_ok=True)
        if config.head.init == "class_means":
            order = in_order(len(samples), config.data.batch_size)
            embeddings = learner.embed(_load(run, folder, order, None))
            class_means(embeddings, torch.from_numpy(samples.labels), learner.head)
    folder.cut_log(done)
    return learner, done


def _load(
    run: Run,
    folder: RunFolder,
    order: Batches | list[list[Draw]],
    augmentation: Augmentation | None,
) -> Iterable[Batch]:
    """Batches of the run's images; the unreadable ones that are replaced stand in the folder."""
    limit, size = run.config.data.max_unreadable, run.config.image.size
    images = TrainingImages(run.samples, run.images, size, run.seed, augmentation, limit > 0)
    unreadable = UnreadableImages(folder.unreadable, run.images, limit)
    return batches_of(images, order, run.workers, unreadable)


def _learn(
    run: Run, learner: Learner, folder: RunFolder, done: int, advance: Callable[[int], None]
) -> StepResult | None:
    """The steps that are left; the last one's result, or None when there was none left."""
    config, per_epoch = run.config, run.batches.per_epoch
    total = per_epoch * config.schedule.epochs
    rest = replace(run.batches, first_step=done)
    batches = _load(run, folder, rest, make_augmentation(config.augment))
    result = None
    with folder.log.open("a", encoding="utf-8") as log_file:
        started = time.perf_counter()
        for step, batch in enumerate(batches, start=done):
            result = learner.step(batch, step, step / per_epoch)
            now = time.perf_counter()
            rate = len(batch.labels) / (now - started)
            started = now
            log_file.write(
                f"{step + 1}\t{batch.epoch}\t{result.loss!r}\t{result.accuracy!r}\t"
                f"{result.lr!r}\t{rate:.2f}\n"
            )
            log_file.flush()
            log.info(
                "epoch %d step %d/%d loss %.4f accuracy %.3f lr %.2e, %.1f images/s",
                batch.epoch, step + 1, total, result.loss, result.accuracy, result.lr, rate,
            )  # fmt: skip
            _check_finite(result, step + 1)
            advance(1)
            if config.checkpoint.every and (step + 1) % config.checkpoint.every == 0:
                folder.save(step + 1, {**learner.state(), "step": step + 1})
            if step + 1 < total and (step + 1) % per_epoch == 0:
                _validate(run, learner, batch.epoch)
    return result


def _check_finite(result: StepResult, step: int) -> None:
    if result.loss - result.loss != 0:
        raise DataError(
            f"step {step}: the loss is {result.loss}; lower optim.lr, lengthen schedule.warmup, or "
            "set optim.precision to 'float32'"
        )


def _validate(run: Run, learner: Learner, epoch: int) -> None:
    if run.validation is not None and epoch % run.config.validation.every == 0:
        log.info("epoch %d map@100 %.4f", epoch, run.validation.score(learner))


def _final_metrics(run: Run, learner: Learner, last: StepResult | None) -> dict[str, float]:
    if run.validation is None:
        return {}
    score = run.validation.score(learner)
    log.info("finished, map@100 %.4f", score)
    return {"map@100": score}


def _finish(run: Run, learner: Learner, folder: RunFolder, metrics: dict[str, float]) -> None:
    """Write the head, then the checkpoint, whose name says that all is done."""
    save_class_vectors(folder.head, learner.head, run.samples.landmarks)
    tensors = {name: tensor.contiguous() for name, tensor in learner.network.state_dict().items()}
    total = run.batches.per_epoch * run.config.schedule.epochs
    save_checkpoint(run.output, tensors, run.settings, total, metrics, run.history)
    folder.clear_states()
