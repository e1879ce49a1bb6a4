"""One process's share of a store: unit after unit, until none is missing."""

import logging
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import groupby, takewhile
from operator import attrgetter

import numpy as np
import numpy.typing as npt
import torch
from gld_shared.errors import DataError, first_few
from gld_shared.images.settings import GPU
from gld_shared.images.sources import Source, open_source
from gld_shared.out_of_memory import out_of_memory_as
from gld_shared.progress import Advance, silent
from gld_shared.store import StoreWriter
from gld_shared.work.claims import Claims
from gld_shared.work.units import Unit, Units
from gld_shared.work.work_folder import work_folder

from gld_embed.batching import Batch, EmbeddedBatch, EmbeddedUnit, batches_of
from gld_embed.images.decoder import Decoder, Image, UnreadableImage
from gld_embed.images.gpu_decoder import GpuDecoder
from gld_embed.inference.cuda_stream import own_stream
from gld_embed.inference.encoder import Encoder
from gld_embed.inference.streams import Streams
from gld_embed.job import Job
from gld_embed.timing import EmbeddingTimes
from gld_embed.unreadable import UnreadableImages

log = logging.getLogger(__name__)
_TOO_MUCH = "the memory is too small; use a smaller --size, a smaller --batch or fewer workers (-j)"


def make_store(job: Job, encoder: Encoder, advance: Advance = silent) -> None:
    """Make the store ``job.output``, alone or with other processes that do the same job.

    Returns when the store is finished; a finished one is left as it is. An interrupted job is
    resumed, and its store has the same bytes as one made by a single process without interruption.
    ``advance`` is called with the number of images done, by any process.

    Raises DataError at the first unreadable image (unless the job skips them: they are listed in
    ``X.unreadable.tsv``), for vectors that are not finite or have length 0, if an earlier run had
    another list, checkpoint or settings, and if the source of the images fails.

    Memory: the job, the network, one chunk of vectors, a batch in each stream, the pixels of two
    more, 32 images for each decoding thread, and the memory of the source: see ``TarIndex`` and
    ``ReadAhead``.
    """
    with job.shared_store(encoder.dimension) as (store, claims):
        if not store.finished:
            _make_share(job, encoder, advance, store, claims)


def _make_share(
    job: Job, encoder: Encoder, advance: Advance, store: StoreWriter, claims: Claims
) -> None:
    folder = work_folder(job.output)
    source = open_source(job.images, folder)
    times = EmbeddingTimes(max(job.workers, 1), encoder.streams)
    decoder = _decoder(job, source, times, encoder.device)
    unreadable = UnreadableImages(job, folder, store)
    units = Units(store, claims, advance, unreadable.is_outdated)
    # The source is closed first, so that threads waiting for it give up.
    with out_of_memory_as(_TOO_MUCH), closing(decoder), closing(source):
        unreadable.look_again(decoder)
        Worker(job, store, encoder, times, unreadable, advance).do(units, decoder)
    if units.claim_end():
        unreadable.finish()


def _decoder(job: Job, source: Source, times: EmbeddingTimes, device: torch.device) -> Decoder:
    if job.settings.decode == GPU:
        return GpuDecoder(job, source, times, device)
    return Decoder(job, source, times)


class Worker:
    """Embeds units: images to vectors, and vectors to chunks of the store."""

    def __init__(
        self,
        job: Job,
        store: StoreWriter,
        encoder: Encoder,
        times: EmbeddingTimes,
        unreadable: UnreadableImages,
        advance: Advance,
    ) -> None:
        """Use ``make_store``."""
        self._job = job
        self._store = store
        self._encoder = encoder
        self._streams = Streams(encoder, encoder.streams, encoder.device)
        self._times = times
        self._unreadable = unreadable
        self._advance = advance

    def do(self, units: Units, decoder: Decoder) -> None:
        """Do units until none is missing."""
        with closing(self._streams):
            for claimed in units.rounds():
                batches = self._batches(self._times.waiting_for(decoder.images(claimed)))
                embedded = self._streams.map_in_order(self._embed, batches)
                for unit, of_unit in groupby(embedded, attrgetter("unit")):
                    vectors = self._joined(unit, of_unit)
                    with self._times.spent_on("writing"):
                        self._store.write_chunk(unit.number, vectors)
                    units.settle(unit)
        log.info(self._times.summary())

    def _batches(self, images: Iterable[Image | UnreadableImage]) -> Iterator[Batch]:
        for unit, of_unit in groupby(images, attrgetter("unit")):
            readable = self._unreadable.sift(unit, of_unit, self._advance)
            yield from batches_of(unit, readable, self._job.batch)

    def _embed(self, batch: Batch) -> EmbeddedBatch:
        """Embed a batch, in one of the streams."""
        rows = [image.row for image in batch.images]
        if not rows:
            return EmbeddedBatch(batch.unit, rows, np.empty((0, 0), np.float32))
        with self._times.spent_on("network"):
            with own_stream(self._encoder.device):
                pixels = batch.pixels
            return EmbeddedBatch(batch.unit, rows, self._streams(pixels))

    def _joined(self, unit: Unit, batches: Iterator[EmbeddedBatch]) -> npt.NDArray[np.float32]:
        """Join the batches of a unit, up to the empty one."""
        joined = EmbeddedUnit(unit, np.zeros((len(unit.rows), self._encoder.dimension), np.float32))
        for batch in takewhile(attrgetter("rows"), batches):
            joined.add(batch)
            self._times.images += len(batch.rows)
            self._advance(len(batch.rows), self._times.now())
        if joined.broken:
            raise DataError(self._broken(joined.broken))
        return joined.vectors

    def _broken(self, rows: list[int]) -> str:
        names = [str(self._job.rows["id"][row]) for row in sorted(rows)]
        return (
            f"id {first_few(names, few=3)}: the network gave a vector that is zero or not "
            f"finite ({self._encoder.precision}); try --precision fp32, or look at the checkpoint"
        )
