"""Decoding the images of units to pixels, in threads that run ahead of the network."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import torch
from gld_shared.errors import DataError
from gld_shared.images.boxes import Box, area_of, box_of
from gld_shared.images.header import read_jpeg_header
from gld_shared.images.memory import holding_pixels
from gld_shared.images.parallel_map import ImageThreads
from gld_shared.images.preprocess import decode_for, resize_for
from gld_shared.images.settings import ImageSettings
from gld_shared.images.sources import Source, SourceError
from gld_shared.work.units import Unit

from gld_embed.images.framing import frame_area
from gld_embed.job import Job
from gld_embed.timing import EmbeddingTimes

_KEPT = 128


@dataclass(frozen=True)
class Image:
    """An image of a unit: its row, and its pixels, uint8 ``(3, h, w)``."""

    unit: Unit
    row: int
    pixels: torch.Tensor


@dataclass(frozen=True)
class UnreadableImage:
    """An unreadable image of a unit, and the reason."""

    unit: Unit
    row: int
    error: DataError


class Decoder:
    """Decodes the images of a job, and adds the seconds taken to ``times``."""

    def __init__(
        self, job: Job, source: Source, times: EmbeddingTimes, threads: ImageThreads | None = None
    ) -> None:
        """Start no thread before there is work; without ``threads`` there are the job's workers."""
        self._job = job
        self._source = source
        self._times = times
        self._threads = threads or ImageThreads(job.workers)

    def images(self, units: Iterable[Unit]) -> Iterator[Image | UnreadableImage]:
        """Decode the images of units, in their order.

        A unit is taken from ``units`` about 32 images per thread, plus up to 128, before its first
        image is returned. Memory: the pixels of 32 images per thread. Raises SourceError when the
        source of the images fails.
        """
        return self._threads.map_in_order(self._decode, self._rows(units))

    def close(self) -> None:
        """End the threads, even if images are left."""
        self._threads.close()

    def _rows(self, units: Iterable[Unit]) -> Iterator[tuple[Unit, int]]:
        waiting: deque[tuple[Unit, int]] = deque()
        for unit in units:
            self._source.expect(self._job.rows["path"][unit.rows.start : unit.rows.stop].to_list())
            waiting.extend((unit, row) for row in unit.rows)
            # Hold the last rows back until the next unit is expected, so that it is read in time.
            while len(waiting) > min(_KEPT, len(unit.rows) // 2):
                yield waiting.popleft()
        yield from waiting

    def _decode(self, place: tuple[Unit, int]) -> Image | UnreadableImage:
        with self._times.spent_on("decoding"):
            return self._attempt(place, self.pixels)

    def _attempt(
        self, place: tuple[Unit, int], pixels: Callable[[int], torch.Tensor]
    ) -> Image | UnreadableImage:
        unit, row = place
        try:
            return Image(unit, row, pixels(row))
        except SourceError:
            raise
        except DataError as error:
            return UnreadableImage(unit, row, error)

    def pixels(self, row: int) -> torch.Tensor:
        """Decode one row. Raises DataError naming the image, SourceError naming the source."""
        return self._framed(self._source.read(self._job.rows["path"][row]), row)

    def _framed(self, data: bytes, row: int) -> torch.Tensor:
        try:
            return decode_framed(data, self._job.settings, box_of(self._job.rows, row))
        except DataError as error:
            raise self._named(error, row) from error

    def _named(self, error: DataError, row: int) -> DataError:
        """Return an error that also names the row's image."""
        return type(error)(f"{self._source.name_of(self._job.rows['path'][row])}: {error}")


def decode_framed(data: bytes, settings: ImageSettings, box: Box | None) -> torch.Tensor:
    """Decode an image file's bytes, cut the box out, and resize it to the network's input.

    Raises DataError that names no file.
    """
    header = read_jpeg_header(data)
    with holding_pixels():
        if header is not None:
            whole = header.turned(header.sides)
            frame = frame_area(whole, area_of(box, whole), settings)
            image = decode_for(data, settings, frame.at_least, header)
        else:
            image = decode_for(data, settings)
            whole = (image.shape[1], image.shape[2])
            frame = frame_area(whole, area_of(box, whole), settings)
        return resize_for(frame.cut(image), settings, frame.sides)
