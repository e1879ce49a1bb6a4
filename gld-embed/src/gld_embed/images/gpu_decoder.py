"""Decoding and resizing JPEGs in batches on a GPU; the CPU decodes other images."""

from collections.abc import Iterable, Iterator
from functools import partial

import torch
from gld_shared.errors import DataError
from gld_shared.images.boxes import area_of, box_of
from gld_shared.images.gpu_jpeg import decode_on_gpu
from gld_shared.images.parallel_map import ImageThreads
from gld_shared.images.preprocess import resize_for
from gld_shared.images.sources import Source, SourceError
from gld_shared.work.units import Unit

from gld_embed.images.decoder import Decoder, Image, UnreadableImage
from gld_embed.images.framing import frame_area
from gld_embed.inference.cuda_stream import own_stream
from gld_embed.job import Job
from gld_embed.timing import EmbeddingTimes

# Images that a thread decodes at once (16 are slower), and such batches ahead of the network.
_TOGETHER, _AHEAD = 64, 1


class GpuDecoder(Decoder):
    """Decodes the images of a job on a GPU; the pixels of those that nvJPEG decodes stay there."""

    def __init__(
        self, job: Job, source: Source, times: EmbeddingTimes, device: torch.device
    ) -> None:
        """Start no thread before there is work."""
        super().__init__(job, source, times, ImageThreads(job.workers, _TOGETHER, _AHEAD))
        self._device = device

    def images(self, units: Iterable[Unit]) -> Iterator[Image | UnreadableImage]:
        """Decode the images of units, as ``Decoder.images`` does.

        Memory: the pixels of 64 images for each thread, and 400 MB of decoded images on the GPU.
        """
        return self._threads.map_chunks_in_order(self._decode_together, self._rows(units))

    def _decode_together(self, places: list[tuple[Unit, int]]) -> list[Image | UnreadableImage]:
        with self._times.spent_on("decoding"), own_stream(self._device):
            files = [self._read(row) for _, row in places]
            read = [b"" if isinstance(file, DataError) else file for file in files]
            # The next images are decoded when these are resized, so few large ones are held.
            return [
                self._attempt(place, partial(self._pixels, file, image))
                for place, file, image in zip(
                    places, files, decode_on_gpu(read, self._device), strict=True
                )
            ]

    def _read(self, row: int) -> bytes | DataError:
        try:
            return self._source.read(self._job.rows["path"][row])
        except SourceError:
            raise
        except DataError as error:
            return error

    def _pixels(
        self, file: bytes | DataError, image: torch.Tensor | None, row: int
    ) -> torch.Tensor:
        """Return the pixels of a row from its decoded image; without one, decode the file."""
        if isinstance(file, DataError):
            raise file
        if image is None:
            return self._framed(file, row)
        whole = (image.shape[1], image.shape[2])
        try:
            area = area_of(box_of(self._job.rows, row), whole)
            frame = frame_area(whole, area, self._job.settings)
            return resize_for(frame.cut(image), self._job.settings, frame.sides)
        except DataError as error:
            raise self._named(error, row) from error
        except torch.OutOfMemoryError:
            return self._framed(file, row)
