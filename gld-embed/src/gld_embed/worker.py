"""A process's share of a store: unit after unit, until none is missing."""

import logging
import random
import time
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from gld_shared.errors import DataError
from gld_shared.images.sources import SourceError
from gld_shared.images.unreadable import skip_or_refuse
from gld_shared.store import StoreWriter
from gld_shared.work.claims import Claims
from gld_shared.work.timing import Advance

from gld_embed.batching import Embedded, embed_unit
from gld_embed.images.decoder import Decoder, Image
from gld_embed.inference.encoder import Engine
from gld_embed.job import Job
from gld_embed.notes import Notes

log = logging.getLogger(__name__)
_NAMED = 3
_PAUSE = 0.25


class Worker:
    """One process at work on a store, alone or beside others.

    A unit is a chunk of the store. It is claimed before its images are decoded, is committed whole,
    and is never done again; the unit of a process that died is taken over.
    """

    def __init__(
        self,
        job: Job,
        writer: StoreWriter,
        engine: Engine,
        decoder: Decoder,
        claims: Claims,
        advance: Advance,
    ) -> None:
        """Use ``embed``; ``advance`` hears of images done, by whomever."""
        self.job = job
        self.writer = writer
        self.engine = engine
        self.decoder = decoder
        self.claims = claims
        self.advance = advance
        self.times = decoder.times
        self.notes = Notes(work_folder(job.output))
        self.settled: set[int] = set()

    def run(self) -> None:
        """Work until every chunk is there.

        Raises DataError at the first unreadable image, unless the job skips those, and on vectors
        that are not finite or have no length.
        """
        while True:
            images = self.times.waited_for(self.decoder.images(self._claimed()))
            for unit, own_images in groupby(images, _unit_of):
                self._do(unit, own_images)
            if len(self.settled) == self.writer.chunks or self.job.output.exists():
                log.info(self.times.summary())
                return
            # Others have claimed what is missing; should one of them die, it is done here.
            time.sleep(_PAUSE)

    def _claimed(self) -> Iterator[tuple[int, range]]:
        """Units to do, each held by this process and no other."""
        for unit in self._order():
            if self._is_settled(unit) or not self.claims.take(unit):
                continue
            # Looked at again, now that nobody else can be at it, and then whether all are done:
            # a finished store has another name.
            if self._is_settled(unit) or self.job.output.exists():
                self.claims.give_back(unit)
            else:
                yield unit, self.writer.rows_of(unit)

    def _order(self) -> list[int]:
        units = list(range(self.writer.chunks))
        # Without locks, processes that begin at different places seldom do the same.
        first = 0 if self.claims.has_locks else random.randrange(max(len(units), 1))
        return units[first:] + units[:first]

    def _is_settled(self, unit: int) -> bool:
        """Whether a unit is there, and no image in it can be read now that could not be before."""
        if unit not in self.settled and self.writer.has_chunk(unit):
            if any(self._is_readable(row) for row in self.notes.read(unit)):
                return False
            self.settled.add(unit)
            self.advance(len(self.writer.rows_of(unit)), self.times.now())
        return unit in self.settled

    def _is_readable(self, row: int) -> bool:
        try:
            self.decoder.decode(row)
        except SourceError:
            raise
        except DataError as error:
            if not self.job.skip_unreadable:
                skip_or_refuse(self.job.rows["id"][row], error, skip=False)
            return False
        return True

    def _do(self, unit: int, images: Iterator[Image]) -> None:
        rows = self.writer.rows_of(unit)
        embedded = embed_unit(
            self._checked(images), rows, self._embed, self.engine.dimension, self.job.batch
        )
        if embedded.broken:
            raise DataError(self._broken(embedded))
        # The note first: what is said of a unit that is not there yet is said anew with it.
        self.notes.write(unit, {row: str(error) for row, error in embedded.unreadable.items()})
        with self.times.spent_on("writing"):
            self.writer.write_chunk(unit, embedded.vectors)
        self.settled.add(unit)
        self.claims.give_back(unit)

    def _embed(self, pixels: torch.Tensor) -> npt.NDArray[np.float32]:
        with self.times.spent_on("network"):
            vectors = self.engine(pixels)
        self.times.images += len(vectors)
        self.advance(len(vectors), self.times.now())
        return vectors

    def _checked(self, images: Iterator[Image]) -> Iterator[Image]:
        for image in images:
            if isinstance(image.pixels, DataError):
                name = self.job.rows["id"][image.row]
                skip_or_refuse(name, image.pixels, self.job.skip_unreadable)
                self.advance(1, None)
            yield image

    def _broken(self, embedded: Embedded) -> str:
        names = [str(self.job.rows["id"][row]) for row in sorted(embedded.broken)]
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        return (
            f"id {', '.join(names[:_NAMED])}{more}: the network gave a vector that is zero or not "
            f"finite ({self.engine.precision}); try --precision fp32, or look at the checkpoint"
        )


def work_folder(output: Path) -> Path:
    """What processes at work on a store tell one another lies in ``X.zarr.work``."""
    return output.with_name(f"{output.name}.work")


def _unit_of(image: Image) -> int:
    return image.unit
