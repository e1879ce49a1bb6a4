"""A training run from top to bottom, from its first step or from its newest state.

With several GPUs every rank calls ``run``; the first one writes, logs and validates for all.
"""

import logging
import os
import signal
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gld_shared.checkpoint import save_checkpoint
from gld_shared.out_of_memory import out_of_memory_as
from gld_shared.progress import Advance, silent
from gld_shared.provenance import history_of

from gld_train.config import read_config
from gld_train.data.augment import make_augmentation
from gld_train.data.worker_processes import ended_workers_as_errors
from gld_train.distributed import joined
from gld_train.inputs import read_inputs
from gld_train.job import Job, make_job
from gld_train.job_images import load_batches
from gld_train.learner import Learner
from gld_train.losses.saved_class_vectors import save_class_vectors
from gld_train.output_check import refuse_full
from gld_train.run_folder.folder import RunFolder
from gld_train.run_folder.lock import lock_run, tidy_finished
from gld_train.signals import Interrupted, Signals, deferred_signals
from gld_train.start import make_learner
from gld_train.step_reports import StepReports, check_finite
from gld_train.tensorboard import EventLog, event_log
from gld_train.training_curves import draw_curves

log = logging.getLogger(__name__)


def train(
    source: str | Path,
    config: str | Path,
    images: str | Path,
    output: str | Path,
    *,
    overrides: Sequence[str] = (),
    device: str = "auto",
    seed: int = 0,
    workers: int = os.cpu_count() or 1,
    overwrite: bool = False,
) -> Path:
    """Train on a labelled list by a configuration file, and return the checkpoint's path.

    ``images`` is the folder that the list's paths are relative to; ``overrides`` are settings such
    as ``optim.lr=3e-4``. Another call resumes an interrupted run. ``overwrite`` replaces a run of
    other settings. Raises DataError as ``run`` does.
    """
    inputs = read_inputs(*read_config(config, overrides), str(source))
    history = history_of("gld-train", [], inputs.all)
    images, output = Path(images), Path(output)
    options: dict[str, Any] = {"seed": seed, "workers": workers, "overwrite": overwrite}
    with joined(device) as ranks:
        return run(make_job(inputs, images, output, ranks, history, **options))


def run(job: Job, advance: Advance = silent) -> Path:
    """Run a job, and return the checkpoint's path; a finished checkpoint is left as it is.

    ``advance`` receives the number of steps done, and their values as text. Raises DataError for
    unreadable images, for too few samples, when the memory is too small, when another process has
    the same output, and when an earlier run had other settings, unless the job overwrites it;
    Interrupted at SIGTERM, SIGHUP or SIGINT, after the state is saved.
    """
    folder = RunFolder.of(job.output)
    if job.is_finished():
        log.warning("%s: finished before with the same settings; nothing to do", job.output)
        if job.ranks.is_first:
            tidy_finished(folder, job.output, job.settings)
        return job.output
    job.check_batches()
    with lock_run(folder, job.output) if job.ranks.is_first else nullcontext():
        job.ranks.wait()
        # Another process may have finished the output in between.
        if not job.is_finished():
            with out_of_memory_as(_too_much(job)), ended_workers_as_errors():
                take_all_steps(job, folder, advance)
    return job.output


def _too_much(job: Job) -> str:
    data, size = job.config.data, job.config.image.size
    return (
        f"the device's memory is too small for batches of {data.batch_size} images of {size} x "
        f"{size} pixels with data.accumulate = {data.accumulate}; raise data.accumulate, which "
        "computes a batch in as many parts, or use a smaller data.batch_size or image.size"
    )


def take_all_steps(job: Job, folder: RunFolder, advance: Advance) -> None:
    """Take the steps that are left, and write the checkpoint; the first rank holds the lock."""
    if job.ranks.is_first:
        folder.begin(job.settings, job.overwrite)
    job.ranks.wait()
    learner, done = make_learner(job, folder)
    refuse_full(job.output, learner.network, learner.head)
    advance(done, "")

    shown = job.tensorboard and job.ranks.is_first
    with event_log(folder.tensorboard if shown else None, done) as events:
        steps = Steps(job, learner, folder, advance, events)
        steps.take(done)
        if job.ranks.is_first:
            steps.finish()
    job.ranks.wait()


@dataclass
class Steps:
    """The steps of a run, with logs, states, validations and checkpoints in between."""

    job: Job
    learner: Learner
    folder: RunFolder
    advance: Advance
    events: EventLog | None = None

    def take(self, done: int) -> None:
        """Take the steps after ``done``. Raises Interrupted at a signal, after saving the state."""
        job, per_epoch = self.job, self.job.batches.per_epoch
        remaining = replace(job.batches, first_step=done)
        augmentation = make_augmentation(job.config.augment)
        batches = load_batches(job, self.folder, remaining, augmentation)
        with deferred_signals() as signals:
            reports = StepReports(job, self.folder, self.advance, self.events)
            for step, batch in enumerate(batches, start=done):
                size = job.batches.size(step)
                result = self.learner.step(batch, size, step, step / per_epoch)
                reports.add(step + 1, batch.epoch, size, result)
                ends = job.ranks.any(bool(signals.number))
                if ends or self._is_due_after(step + 1):
                    reports.finish()
                    if self._writes_after(step + 1, batch.epoch):
                        # The next step would find exploded weights; a checkpoint is written first.
                        loss = self.learner.loss_after(batch, size, step)
                        check_finite(loss, f"after step {step + 1}")
                    self._after_step(step + 1, batch.epoch, ends, signals)

    def _is_due_after(self, step: int) -> bool:
        """Return whether a step ends an epoch, or its state is saved."""
        every = self.job.config.checkpoint.every
        return step % self.job.batches.per_epoch == 0 or (every > 0 and step % every == 0)

    def _writes_after(self, step: int, epoch: int) -> bool:
        """Return whether a checkpoint is written after a step: the last one, or of an epoch."""
        if step == self.job.steps:
            return True
        every = self.job.config.checkpoint.every_epochs
        return step % self.job.batches.per_epoch == 0 and every > 0 and epoch % every == 0

    def _after_step(self, step: int, epoch: int, ends: bool, signals: Signals) -> None:
        """Save a state, end the run, or keep and validate an epoch, as is due after a step."""
        job, checkpoint = self.job, self.job.config.checkpoint
        ends_epoch = step % job.batches.per_epoch == 0 and step < job.steps and job.ranks.is_first
        # Before the state: a run that resumes from it does not write this epoch again.
        if ends_epoch and self._writes_after(step, epoch):
            self._write(*self.folder.after_epoch(epoch), step, {})
        if (checkpoint.every and step % checkpoint.every == 0) or ends:
            self._save_state(step)
        if ends:
            raise Interrupted(signals.number or signal.SIGTERM)
        if not ends_epoch:
            return
        if job.validation is not None and epoch % job.config.validation.every == 0:
            log.info("epoch %d map@100 %.4f", epoch, self._validate(step))

    def _save_state(self, step: int) -> None:
        if self.job.ranks.is_first:
            epochs = step // self.job.batches.per_epoch
            self.folder.save(step, {**self.learner.state(), "step": step}, epochs)
            draw_curves(self.folder.log.file, self.folder.curves)
        if self.events is not None:
            self.events.flush()

    def finish(self) -> None:
        """Write the head, then the checkpoint, whose existence marks the run as finished."""
        job, metrics = self.job, {}
        if job.validation is not None:
            metrics["map@100"] = self._validate(job.steps)
            log.info("finished, map@100 %.4f", metrics["map@100"])
        draw_curves(self.folder.log.file, self.folder.curves)
        self._write(job.output, self.folder.head, job.steps, metrics)
        self.folder.clear_states()

    def _validate(self, step: int) -> float:
        assert self.job.validation is not None
        with self.learner.with_written_weights():
            score = self.job.validation.score(self.learner)
        if self.events is not None:
            self.events.add_score(step, score)
        return score

    def _write(self, checkpoint: Path, head: Path, step: int, metrics: dict[str, float]) -> None:
        save_class_vectors(head, self.learner.head, self.job.samples.landmarks)
        tensors = {name: tensor.contiguous() for name, tensor in self.learner.weights().items()}
        save_checkpoint(checkpoint, tensors, self.job.settings, step, metrics, self.job.history)
