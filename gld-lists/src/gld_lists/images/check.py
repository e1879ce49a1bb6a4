"""Open every image of a list, and report unusable and unusual images."""

from collections import Counter
from collections.abc import Generator, Iterable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import polars as pl
from gld_shared.errors import DataError
from gld_shared.images import jpeg
from gld_shared.images.decoder_process.by_format import call_by_format
from gld_shared.images.errors import AbsurdImageError, DamagedImageError, MissingImageError
from gld_shared.images.high_bit_depth.decode import guessed_range
from gld_shared.images.memory import holding_pixels
from gld_shared.images.parallel_map import map_in_order
from gld_shared.images.read_file import read_image_file
from gld_shared.images.upright_array import decode_rgb
from gld_shared.progress import Advance, silent

from gld_lists.images.header import ImageHeader, read_header
from gld_lists.report_tables import PROBLEMS

UNUSABLE = ("missing", "unreadable", "truncated", "absurd")
UNUSUAL = ("tiny", "huge", "cmyk", "rotated", "animated", "range", "unterminated")
_ROWS_PER_BLOCK = 10_000


class Problem(NamedTuple):
    """A problem of an image: its kind (see ``UNUSABLE`` and ``UNUSUAL``) and the details."""

    kind: str
    detail: str


@dataclass(frozen=True)
class Limits:
    """An image is tiny below ``tiny`` pixels (shorter side), huge above ``huge`` megapixels."""

    tiny: int = 64
    huge: int = 50


@dataclass
class Check:
    """A check of a list's images below ``folder`` by ``workers`` threads.

    ``counts`` holds the number of problems of each kind; it is complete once all blocks are read.
    """

    rows: pl.DataFrame
    folder: Path
    workers: int
    limits: Limits = Limits()
    counts: Counter[str] = field(default_factory=Counter)

    def blocks(self, advance: Advance = silent) -> Generator[pl.DataFrame, None, None]:
        """Yield a row for each problem, in the list's order: ``id path problem detail``.

        ``advance`` is called after each image. Memory: the list's ids and paths, the largest image
        once per thread, and a block of rows.
        """
        found: list[tuple[str, str, str, str]] = []
        paths = (self.folder / path for path in self.rows["path"])
        checked = map_in_order(lambda path: find_problems(path, self.limits), paths, self.workers)
        with closing(checked):
            for image, path, problems in zip(
                self.rows["id"], self.rows["path"], checked, strict=True
            ):
                self.counts.update(problem.kind for problem in problems)
                found += [(image, path, *problem) for problem in problems]
                if len(found) >= _ROWS_PER_BLOCK:
                    yield _block(found)
                    found = []
                advance(1)
        yield _block(found)

    def unusable(self) -> int:
        """Return the number of images that cannot be used."""
        return sum(self.counts[kind] for kind in UNUSABLE)

    def summary(self) -> str:
        """Return the counts as text, such as ``1 missing, 2 rotated``; "" without problems."""
        kinds = [kind for kind in (*UNUSABLE, *UNUSUAL) if self.counts[kind]]
        return ", ".join(f"{self.counts[kind]} {kind}" for kind in kinds)


def _block(found: list[tuple[str, str, str, str]]) -> pl.DataFrame:
    return pl.DataFrame(found, dict(PROBLEMS.columns), orient="row")


def find_problems(path: Path, limits: Limits) -> list[Problem]:
    """Return all problems of an image file; an ordinary image has none."""
    try:
        data = read_image_file(path)
        header = open_image(data)
    except MissingImageError:
        return [Problem("missing", "there is no such file")]
    except DataError as error:
        return [Problem(_kind(error), str(error).removeprefix(f"{path}: "))]
    return [*_unusual(header, limits), *_tolerated(data)]


def open_image(data: bytes) -> ImageHeader | None:
    """Decode a whole image at the smallest size, which finds any damage, and read its header.

    Raises DataError for an image that cannot be used.
    """
    decode_rgb(data, at_least=(1, 1))
    return read_header(data)


def _kind(error: DataError) -> str:
    if isinstance(error, AbsurdImageError):
        return "absurd"
    return "truncated" if isinstance(error, DamagedImageError) else "unreadable"


def _unusual(header: ImageHeader | None, limits: Limits) -> Iterable[Problem]:
    if header is None:
        return
    size = f"{header.width} x {header.height} pixels"
    if min(header.width, header.height) < limits.tiny:
        yield Problem("tiny", size)
    if header.width * header.height > limits.huge * 10**6:
        yield Problem("huge", size)
    if header.is_cmyk:
        yield Problem("cmyk", "its colours are those of printing")
    if header.orientation in range(2, 9):
        yield Problem("rotated", f"EXIF orientation {header.orientation}")
    if header.is_animated:
        yield Problem("animated", "several frames, of which the first is used")


def _tolerated(data: bytes) -> Iterable[Problem]:
    with holding_pixels():
        guess = call_by_format(guessed_range, data)
    if guess:
        yield Problem("range", guess)
    if jpeg.completed(data) is not None:
        yield Problem("unterminated", "a JPEG without its end marker, the last two bytes")
