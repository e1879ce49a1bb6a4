"""A training run, from its first step or from where it was interrupted."""

import logging
from pathlib import Path

import torch
from gld_shared.checkpoint import load_checkpoint
from gld_shared.errors import DataError

from gld_train.data.loader import in_order
from gld_train.initial_weights import class_means, make_head, make_network
from gld_train.job import Run
from gld_train.learner import Learner
from gld_train.losses.objective import Objective
from gld_train.run_folder import RunFolder
from gld_train.steps import Advance, Steps, finish, load
from gld_train.tensorboard import events_in

log = logging.getLogger(__name__)


def train(run: Run, advance: Advance = lambda n_steps, text: None) -> Path:
    """Train, and return the checkpoint's path; one that is finished already is left as it is.

    Called by each of the ranks alike. ``advance`` is told of the steps that are done, and what they
    gave. Raises DataError on unreadable images, on too few samples, and when an interrupted run's
    settings differ; Interrupted at SIGTERM or SIGINT, the state saved.
    """
    if is_finished(run):
        log.warning("%s: finished before with the same settings; nothing to do", run.output)
        return run.output
    _check_batches(run)
    folder = RunFolder.of(run.output)
    if run.ranks.is_first:
        folder.open(run.settings)
    run.ranks.wait()
    learner, done = begin(run, folder)
    advance(done, "")
    shown = run.tensorboard and run.ranks.is_first
    with events_in(folder.tensorboard if shown else None, done) as events:
        Steps(run, learner, folder, advance, events).take(done)
        if run.ranks.is_first:
            finish(run, learner, folder, events)
    run.ranks.wait()
    return run.output


def is_finished(run: Run) -> bool:
    """Whether the output stands there, made from the same inputs and settings."""
    if not run.output.is_file():
        return False
    config = load_checkpoint(run.output).config
    return bool(config == run.settings)


def _check_batches(run: Run) -> None:
    batches, world = run.batches, run.ranks.world
    if not batches.per_epoch:
        raise DataError(
            f"{len(run.samples)} labelled images make no batch of {batches.batch_size}; "
            "add images, or lower data.batch_size"
        )
    if batches.batch_size < 2 * world:
        raise DataError(
            f"data.batch_size is {batches.batch_size}, that of {world} processes together; "
            f"expected at least {2 * world}"
        )
    optim, accumulate = run.config.scaled_optim, run.config.data.accumulate
    log.info(
        "%d steps of %d images (%d processes, %d parts each), lr %g",
        run.steps, batches.batch_size, world, accumulate, optim.lr,
    )  # fmt: skip


def begin(run: Run, folder: RunFolder) -> tuple[Learner, int]:
    """A learner, and how many steps it has done: 0, or those of the newest state."""
    config, samples = run.config, run.samples
    state = folder.newest()
    if run.must_resume and state is None:
        raise DataError(f"{folder.path}: no state to resume from; leave --resume out to start")
    network = make_network(config, run.seed)
    head = make_head(config, network.dimension, samples, run.seed)
    objective = Objective(head, config, samples.counts(head.classes), run.seed)
    learner = Learner(network, objective, config, run.ranks, run.seed)
    done = 0
    if state is not None:
        learner.load_state(state)
        done = state["step"]
        log.info("%s: goes on after step %d", folder.path, done)
    elif run.ranks.is_first:
        folder.unreadable.unlink(missing_ok=True)
        if config.head.init == "class_means":
            order = in_order(len(samples), config.data.batch_size)
            embeddings = learner.embed(load(run, folder, order, None))
            class_means(embeddings, torch.from_numpy(samples.labels), learner.head)
    if run.ranks.is_first:
        folder.cut_log(done)
    learner.join()
    return learner, done
