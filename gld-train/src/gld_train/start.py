"""The start of a run: the newest state of its folder, or first weights."""

import logging

import torch
from gld_shared.errors import DataError

from gld_train.data.loader import in_order
from gld_train.initial_weights import make_head, make_network, set_class_means
from gld_train.job import Job
from gld_train.job_images import load_batches
from gld_train.learner import Learner
from gld_train.losses.objective import Objective
from gld_train.run_folder.folder import RunFolder

log = logging.getLogger(__name__)


def make_learner(job: Job, folder: RunFolder) -> tuple[Learner, int]:
    """Make the learner from the newest state or first weights; return it and the steps done."""
    config, samples = job.config, job.samples
    state = folder.newest(quiet=not job.ranks.is_first)
    if job.must_resume and state is None:
        raise DataError(f"{folder.path}: no state to resume from; leave --resume out to start")
    network = make_network(config, job.seed)
    head = make_head(config, network.dimension, samples, job.seed)
    counts = samples.counts(head.classes)
    objective = Objective(head, config.head, config.triplet, counts, job.seed)
    learner = Learner(network, objective, config, job.ranks, job.seed)
    done = 0
    if state is not None:
        learner.load_state(state)
        done = state["step"]
        log.info("%s: resumes after step %d", folder.path, done)
        job.ranks.wait()
        if job.ranks.is_first:
            folder.restore(state)
    elif job.ranks.is_first:
        folder.clear_unreadable()
        folder.log.begin()
        if config.head.init == "class_means":
            order = in_order(len(samples), config.data.batch_size)
            embeddings = learner.embed(load_batches(job, folder, order, None))
            set_class_means(embeddings, torch.from_numpy(samples.labels), learner.head)
    # The tables of unreadable images are read next.
    job.ranks.wait()
    learner.join()
    return learner, done
