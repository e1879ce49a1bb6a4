"""From images to a finished embedding store, going on after any interruption."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from gld_shared.embeddings_writer import StoreWriter
from gld_shared.errors import DataError
from gld_shared.images import load

from gld_embed.engine import Engine
from gld_embed.loading import Batch, load_batches
from gld_embed.resume import unread_rows
from gld_embed.unreadable import drop_rows, read_dropped

log = logging.getLogger(__name__)
_NAMED = 3


@dataclass(frozen=True)
class Job:
    """What is embedded, and as what it is stored.

    ``ids`` are unique and ``paths`` are theirs, relative to the folder ``images``; ``size`` in
    pixels; ``dtype`` float16 or float32; ``attributes`` are the store's, without ``format``.
    """

    ids: Sequence[str]
    paths: Sequence[str]
    images: Path
    size: int
    dtype: str = "float16"
    attributes: Mapping[str, Any] = field(default_factory=dict)
    batch: int = 32
    workers: int = 0
    skip_unreadable: bool = False


def embed(
    job: Job, engine: Engine, output: str | Path, advance: Callable[[int], object] = lambda _: None
) -> Path:
    """Make the store ``output`` and return its path; ``advance`` hears how many rows are done.

    The same command goes on where it was stopped, and its store has the same bytes as an
    uninterrupted one: a chunk's rows are always cut into the same batches. A finished store is left
    as it is. Raises DataError at the first unreadable image (in skipping mode those are dropped
    and listed in ``X.unreadable.tsv``), on vectors that are not finite or have no length, and where
    an earlier run had another list, checkpoint or settings.

    Memory: the network, one chunk of vectors and four batches of pixels.
    """
    path = Path(output)
    if job.skip_unreadable and path.exists():
        dropped = read_dropped(path)
        kept = [one for one in job.ids if one not in dropped]
        StoreWriter.open(path, kept, engine.dimension, job.dtype, job.attributes)
        advance(len(job.ids))
        return path
    writer = StoreWriter.open(path, job.ids, engine.dimension, job.dtype, job.attributes)
    if writer.finished:
        log.info("%s is finished already", path)
        advance(len(job.ids))
        return path
    reasons = _embed_missing(job, engine, writer, advance)
    if not job.skip_unreadable:
        return writer.finish()
    return drop_rows(writer, job.ids, job.paths, reasons, job.attributes)


def _embed_missing(
    job: Job, engine: Engine, writer: StoreWriter, advance: Callable[[int], object]
) -> dict[int, str]:
    """Write the chunks that are missing; return why rows of this and earlier runs are unreadable.

    An earlier run that skipped images left zeros in their rows. They are tried again: a file that
    was mended since is embedded, its whole chunk anew, for the sake of the same batches.
    """
    missing = set(writer.missing_chunks())
    reasons: dict[int, str] = {}
    for row in unread_rows(writer):
        try:
            load(job.images / job.paths[row], job.size)
        except DataError as error:
            _note(job, row, error, reasons)
        else:
            missing.add(row // writer.chunk_rows)
    chunks = sorted(missing)
    left = sum(len(writer.rows_of(chunk)) for chunk in chunks)
    advance(len(job.ids) - left)
    batches = [part for chunk in chunks for part in _cut(writer.rows_of(chunk), job.batch)]
    vectors = np.zeros((0, engine.dimension), np.float32)
    for batch in load_batches(
        [job.images / one for one in job.paths], batches, job.size, job.workers
    ):
        for row, reason in batch.unreadable.items():
            _note(job, row, reason, reasons)
        rows = writer.rows_of(batch.rows.start // writer.chunk_rows)
        if batch.rows.start == rows.start:
            vectors = np.zeros((len(rows), engine.dimension), np.float32)
        vectors[batch.rows.start - rows.start : batch.rows.stop - rows.start] = _embed_batch(
            job, engine, batch
        )
        advance(len(batch.rows))
        if batch.rows.stop == rows.stop:
            writer.write_chunk(rows.start // writer.chunk_rows, vectors)
    return reasons


def _cut(rows: range, batch: int) -> list[range]:
    """A chunk's rows in batches, which depend on their positions alone."""
    return [
        range(start, min(start + batch, rows.stop)) for start in range(rows.start, rows.stop, batch)
    ]


def _note(job: Job, row: int, error: DataError, reasons: dict[int, str]) -> None:
    if not job.skip_unreadable:
        raise DataError(f"{error} (id {job.ids[row]}); --skip-unreadable leaves such images out")
    if row not in reasons:
        log.warning("left out: %s (id %s)", error, job.ids[row])
    reasons[row] = str(error)


def _embed_batch(job: Job, engine: Engine, batch: Batch) -> npt.NDArray[np.float32]:
    """The batch's vectors, zeros for what could not be read."""
    vectors = engine(batch.pixels)
    broken = []
    for position, row in enumerate(batch.rows):
        if row in batch.unreadable:
            vectors[position] = 0
        elif not np.isfinite(vectors[position]).all():
            broken.append(job.ids[row])
    if broken:
        more = f" and {len(broken) - _NAMED} more" if len(broken) > _NAMED else ""
        raise DataError(
            f"id {', '.join(broken[:_NAMED])}{more}: the network gave a vector that is zero or not "
            f"finite ({engine.precision}); try --precision fp32, or look at the checkpoint"
        )
    return vectors
