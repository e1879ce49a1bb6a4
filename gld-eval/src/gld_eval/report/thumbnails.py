"""Small pictures of images, in WebP, as large as fit into the report together."""

import io
import logging
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial

from gld_shared.errors import DataError
from gld_shared.images.boxes import Box
from gld_shared.images.parallel_map import map_in_order
from gld_shared.images.reduced_pixels import read_pixels
from gld_shared.images.sources import Source, SourceError
from gld_shared.images.unreadable import refuse_empty, skip_or_refuse
from gld_shared.progress import Advance, silent
from PIL import Image

log = logging.getLogger(__name__)

# The longer side in pixels, from the sharpest on a screen of high resolution to the smallest that
# one still recognises.
SIDES = (256, 224, 192, 160, 144, 128, 112, 104, 96, 88, 80, 72, 64, 56, 48)
# At 96 pixels, WebP of quality 50 has 1.0 kB; AVIF needs 1.05 kB for the same error.
_QUALITY, _EFFORT = 50, 4
_SAMPLE = 48
# A source behind a URL fetches so many images at the same time.
_ANNOUNCED = 64


@dataclass(frozen=True)
class WantedImage:
    """An image of a list, and the source that holds it."""

    id: str
    path: str
    box: Box | None
    source: Source


def make_thumbnails(
    wanted: Sequence[WantedImage],
    most_bytes: int,
    workers: int,
    skip_unreadable: bool = False,
    advance: Advance = silent,
) -> dict[str, bytes]:
    """Make a WebP of each image, by id; together they have at most ``most_bytes``.

    All have the same longer side: of ``SIDES`` the largest that fits, by a sample. Threads read
    and decode; the bytes do not depend on their number. Raises DataError naming the first
    unreadable image, unless these are skipped; then only if all are unreadable. Memory: the
    thumbnails, and the largest images, one for each thread.
    """
    for side in SIDES[SIDES.index(_fitting_side(wanted, most_bytes, workers)) :]:
        made = dict(_thumbnails(wanted, side, workers, skip_unreadable, advance))
        if sum(map(len, made.values())) <= most_bytes:
            break
    return made


def _thumbnails(
    wanted: Sequence[WantedImage],
    side: int,
    workers: int,
    skip_unreadable: bool,
    advance: Advance,
) -> Iterator[tuple[str, bytes]]:
    reasons = []
    work = map_in_order(partial(_thumbnail, side=side), _announced(wanted), workers)
    with closing(work) as results:
        for image, result in zip(wanted, results, strict=True):
            advance(1)
            if isinstance(result, bytes):
                yield image.id, result
            else:
                reasons.append(str(result))
                skip_or_refuse(image.id, result, skip_unreadable)
    refuse_empty(reasons, len(wanted))
    if reasons:
        log.warning("%d of %d images have no picture in the report", len(reasons), len(wanted))


def _thumbnail(image: WantedImage, side: int) -> bytes | DataError:
    """Return the WebP of an image, or the error that names it."""
    try:
        data = image.source.read(image.path)
    except SourceError:
        raise
    except DataError as error:
        return error
    try:
        return _webp(data, image.box, side)
    except DataError as error:
        return DataError(f"{image.source.name_of(image.path)}: {error}")


def _webp(data: bytes, box: Box | None, side: int) -> bytes:
    stream = io.BytesIO()
    pixels = read_pixels(data, box, side, is_gray=False)
    Image.fromarray(pixels).save(stream, "WEBP", quality=_QUALITY, method=_EFFORT)
    return stream.getvalue()


def _announced(wanted: Sequence[WantedImage]) -> Iterator[WantedImage]:
    """Yield images, each some time after its source was told to fetch it."""
    for start in range(0, len(wanted), _ANNOUNCED):
        part = wanted[start : start + _ANNOUNCED]
        for source in dict.fromkeys(image.source for image in part):
            source.expect([image.path for image in part if image.source is source])
        yield from part


def _fitting_side(wanted: Sequence[WantedImage], most_bytes: int, workers: int) -> int:
    """Return the largest side at which a sample of the images predicts that all will fit."""
    step = -(-len(wanted) // _SAMPLE)
    sample = wanted[:: step or 1]
    with closing(map_in_order(_read, _announced(sample), workers)) as read:
        files = [(data, image.box) for data, image in zip(read, sample, strict=True) if data]
    for side in SIDES[:-1]:
        sizes = list(map_in_order(partial(_size, side=side), files, workers))
        if sum(sizes) * len(wanted) <= most_bytes * max(1, len(sizes)):
            return side
    return SIDES[-1]


def _read(image: WantedImage) -> bytes | None:
    try:
        return image.source.read(image.path)
    except SourceError:
        raise
    except DataError:  # reported when its thumbnail is made
        return None


def _size(file: tuple[bytes, Box | None], side: int) -> int:
    try:
        return len(_webp(*file, side))
    except DataError:  # reported when its thumbnail is made
        return 0
