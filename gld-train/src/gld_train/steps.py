"""The steps of a run: each logged, with states, validations and checkpoints in between."""

import logging
import signal
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from gld_shared.checkpoint import save_checkpoint
from gld_shared.errors import DataError

from gld_train.curves import draw_curves
from gld_train.data.augment import Augmentation, make_augmentation
from gld_train.data.loader import Batch, TrainingImages, batches_of
from gld_train.data.unreadable import UnreadableImages
from gld_train.job import Run
from gld_train.learner import Learner, StepResult
from gld_train.losses.class_vectors import save_class_vectors
from gld_train.run_folder import RunFolder
from gld_train.samplers import Batches, Draw
from gld_train.signals import Interrupted, Signals, noticed
from gld_train.tensorboard import Events

log = logging.getLogger(__name__)

# Told of how many steps are done, and what the last one gave.
Advance = Callable[[int, str], None]


@dataclass
class Steps:
    """What a run does step by step; only the first rank writes and validates."""

    run: Run
    learner: Learner
    folder: RunFolder
    advance: Advance
    events: Events | None = None

    def take(self, done: int) -> None:
        """Take the steps after ``done``. Raises Interrupted at a signal, the state saved."""
        run, per_epoch = self.run, self.run.batches.per_epoch
        rest = replace(run.batches, first_step=done)
        batches = load(run, self.folder, rest, make_augmentation(run.config.augment))
        with noticed() as signals:
            started = time.perf_counter()
            for step, batch in enumerate(batches, start=done):
                size = run.batches.size(step)
                result = self.learner.step(batch, size, step, step / per_epoch)
                _check_finite(result, step + 1)
                now = time.perf_counter()
                self._report(step + 1, batch.epoch, result, size / (now - started))
                started = now
                self._between(step + 1, batch.epoch, signals)

    def _report(self, step: int, epoch: int, result: StepResult, rate: float) -> None:
        if self.run.ranks.is_first:
            self.folder.log_step(step, epoch, result.loss, result.accuracy, result.lr, rate)
        if self.events is not None:
            self.events.add_step(step, result, rate)
        values = f"loss {result.loss:.4f} accuracy {result.accuracy:.3f} lr {result.lr:.2e}"
        log.info("epoch %d step %d/%d %s, %.1f images/s", epoch, step, self.run.steps, values, rate)
        self.advance(1, f"{values} {rate:.1f} images/s")

    def _between(self, step: int, epoch: int, signals: Signals) -> None:
        """What is due after a step: a state, an epoch's checkpoint, a validation, the end."""
        run, checkpoint = self.run, self.run.config.checkpoint
        ends = run.ranks.any(bool(signals.number))
        if (checkpoint.every and step % checkpoint.every == 0) or ends:
            self._save(step)
        if ends:
            raise Interrupted(signals.number or signal.SIGTERM)
        if step % run.batches.per_epoch or step == run.steps or not run.ranks.is_first:
            return
        if checkpoint.every_epochs and epoch % checkpoint.every_epochs == 0:
            _write(run, self.learner, *self.folder.after_epoch(epoch), step, {})
        if run.validation is not None and epoch % run.config.validation.every == 0:
            score = _score(run, self.learner, step, self.events)
            log.info("epoch %d map@100 %.4f", epoch, score)

    def _save(self, step: int) -> None:
        if self.run.ranks.is_first:
            self.folder.save(step, {**self.learner.state(), "step": step})
            draw_curves(self.folder.log, self.folder.curves)
        if self.events is not None:
            self.events.flush()


def load(
    run: Run,
    folder: RunFolder,
    order: Batches | list[list[Draw]],
    augmentation: Augmentation | None,
) -> Iterable[Batch]:
    """Batches of the run's images; the unreadable ones that are replaced stand in the folder."""
    limit, size = run.config.data.max_unreadable, run.config.image.size
    images = TrainingImages(run.samples, run.images, size, run.seed, augmentation, limit > 0)
    table = folder.unreadable_of(run.ranks.rank)
    unreadable = UnreadableImages(table, run.images, limit)
    on_gpu = run.ranks.device.type == "cuda"
    return batches_of(images, order, run.workers, unreadable, pinned=on_gpu)


def finish(run: Run, learner: Learner, folder: RunFolder, events: Events | None) -> None:
    """Write the head, then the checkpoint, whose name says that all is done."""
    metrics = {}
    if run.validation is not None:
        metrics["map@100"] = _score(run, learner, run.steps, events)
        log.info("finished, map@100 %.4f", metrics["map@100"])
    draw_curves(folder.log, folder.curves)
    _write(run, learner, run.output, folder.head, run.steps, metrics)
    folder.clear_states()


def _write(
    run: Run, learner: Learner, checkpoint: Path, head: Path, step: int, metrics: dict[str, float]
) -> None:
    save_class_vectors(head, learner.head, run.samples.landmarks)
    tensors = {name: tensor.contiguous() for name, tensor in learner.weights().items()}
    save_checkpoint(checkpoint, tensors, run.settings, step, metrics, run.history)


def _score(run: Run, learner: Learner, step: int, events: Events | None) -> float:
    assert run.validation is not None
    with learner.with_averaged_weights():
        score = run.validation.score(learner)
    if events is not None:
        events.add_score(step, score)
    return score


def _check_finite(result: StepResult, step: int) -> None:
    if result.loss - result.loss != 0:
        raise DataError(
            f"step {step}: the loss is {result.loss}; lower optim.lr, lengthen schedule.warmup, or "
            "set optim.precision to 'float32'"
        )
