"""From rows of the list to pixels, in threads ahead of the network."""

import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import torch
from gld_shared.errors import DataError
from gld_shared.images.dimensions import upright_sides
from gld_shared.images.orientation import Sides
from gld_shared.images.preprocess import decode_for, resize_for
from gld_shared.images.sources import Source, SourceError
from gld_shared.images.threads import ImageThreads
from gld_shared.work.timing import Times

from gld_embed.images.boxes import area_of, box_of
from gld_embed.images.framing import Frame, frame_area
from gld_embed.job import Job

_KEPT = 128


@dataclass(frozen=True)
class Image:
    """One row's pixels, uint8 ``(3, h, w)``, or why there are none."""

    unit: int
    row: int
    pixels: torch.Tensor | DataError


class Decoder:
    """Rows to pixels."""

    def __init__(self, job: Job, source: Source, times: Times) -> None:
        """Begin no thread before there is work."""
        self.job = job
        self.source = source
        self.times = times
        self._lock = threading.Lock()
        self._threads = ImageThreads(job.workers)

    def images(self, units: Iterable[tuple[int, range]]) -> Iterator[Image]:
        """The images of units, each a number and its rows, in their order.

        A unit is asked for some 32 images per thread, and up to 128 more, before its first one is
        given. Memory: the pixels of 32 images per thread.
        """
        return self._threads.map_in_order(self._image, self._rows(units))

    def close(self) -> None:
        """End the threads, also where not all images were taken."""
        self._threads.close()

    def decode(self, row: int) -> torch.Tensor:
        """One row's pixels. Raises DataError naming the image, SourceError naming the source."""
        path = self.job.rows["path"][row]
        data, name = self.source.read(path), self.source.name_of(path)
        settings, whole = self.job.settings, upright_sides(data)
        if whole is not None:
            frame = self._frame(row, whole, name)
            image = decode_for(data, name, settings, frame.at_least)
        else:
            image = decode_for(data, name, settings)
            frame = self._frame(row, (image.shape[1], image.shape[2]), name)
        return resize_for(frame.cut(image), settings, frame.sides)

    def _frame(self, row: int, whole: Sides, name: str) -> Frame:
        try:
            area = area_of(box_of(self.job.rows, row), whole)
        except DataError as error:
            raise DataError(f"{name}: {error}") from error
        return frame_area(whole, area, self.job.settings)

    def _rows(self, units: Iterable[tuple[int, range]]) -> Iterator[tuple[int, int]]:
        waiting: deque[tuple[int, int]] = deque()
        for unit, rows in units:
            self.source.expect(self.job.rows["path"][rows.start : rows.stop].to_list())
            waiting.extend((unit, row) for row in rows)
            # The last ones are kept until the next unit is expected, so that it is there in time.
            while len(waiting) > min(_KEPT, len(rows) // 2):
                yield waiting.popleft()
        yield from waiting

    def _image(self, place: tuple[int, int]) -> Image:
        unit, row = place
        started = time.perf_counter()
        try:
            return Image(unit, row, self.decode(row))
        except SourceError:
            raise
        except DataError as error:
            return Image(unit, row, error)
        finally:
            with self._lock:
                self.times.decoding += time.perf_counter() - started
