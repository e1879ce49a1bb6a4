"""From images to a finished embedding store, going on after any interruption."""

import logging
import shutil
from contextlib import closing
from pathlib import Path

from gld_shared.images.sources import open_source
from gld_shared.store import StoreSpec, StoreWriter
from gld_shared.work.claims import Claims
from gld_shared.work.timing import Advance, Times

from gld_embed.abandoned import none_if_abandoned
from gld_embed.images.decoder import Decoder
from gld_embed.inference.encoder import Engine
from gld_embed.job import Job
from gld_embed.notes import Notes
from gld_embed.unreadable import drop_rows, read_dropped
from gld_embed.worker import Worker, work_folder

log = logging.getLogger(__name__)


def embed(job: Job, engine: Engine, advance: Advance = lambda images, text: None) -> Path:
    """Make the store ``job.output`` and return its path; ``advance`` hears of images done.

    Any number of processes may do the same job at once; each returns when the store is finished.
    The same job goes on where it was stopped, and its store has the same bytes as one that was
    made by one process without interruption; in fp32 a batch of one image may differ in its last
    bits between processes of other numbers of threads. A finished store is left as it is.

    Raises DataError at the first unreadable image (in skipping mode those are dropped and listed
    in ``X.unreadable.tsv``), on vectors that are not finite or have no length, where an earlier
    run had another list, checkpoint or settings, and where the source of the images fails.

    Memory: the job, the network, one chunk of vectors for each unit begun, 32 images for each
    decoding thread besides a batch, and what the source holds: see ``TarIndex`` and ``ReadAhead``.
    """
    writer = open_writer(job, engine.dimension)
    if writer.finished:
        log.info("%s is finished already", job.output)
        advance(len(job.rows), None)
        return job.output
    with none_if_abandoned(writer), closing(Claims(work_folder(job.output) / "claims")) as claims:
        # Until these claims were made, a process that failed could take the empty store away.
        writer = open_writer(job, engine.dimension)
        source = open_source(job.images, work_folder(job.output))
        decoder = Decoder(job, source, Times(max(job.workers, 1)))
        # The source first: threads that wait for it give up.
        with closing(decoder), closing(source):
            Worker(job, writer, engine, decoder, claims, advance).run()
        # The number after the last unit stands for the end, which one process brings about.
        claims.take(writer.chunks, wait=True)
        return _finish(job, writer)


def open_writer(job: Job, dimension: int) -> StoreWriter:
    """The job's store, begun, gone on with or finished."""
    ids = job.rows["id"]
    if job.skip_unreadable and job.output.exists():
        ids = ids.filter(~ids.is_in(list(read_dropped(job.output))))
    return StoreWriter.open(job.output, StoreSpec(ids, dimension, job.dtype, job.attributes))


def _finish(job: Job, writer: StoreWriter) -> Path:
    if not job.output.exists():
        reasons = Notes(work_folder(job.output)).read_all()
        if job.skip_unreadable:
            drop_rows(writer, job.rows, reasons, job.attributes)
        else:
            writer.finish()
    shutil.rmtree(work_folder(job.output), ignore_errors=True)
    return job.output
