"""Every image of a list opened: which cannot be used, and which are unusual."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import polars as pl
from gld_shared.errors import DataError
from gld_shared.images.decode import decode_image
from gld_shared.images.errors import AbsurdImageError, DamagedImageError
from gld_shared.images.threads import map_in_order

from gld_lists.images.header import ImageHeader, read_header
from gld_lists.table_kinds import PROBLEMS

UNUSABLE = ("missing", "unreadable", "truncated", "absurd")
UNUSUAL = ("tiny", "huge", "cmyk", "rotated", "animated")
_ROWS_PER_BLOCK = 10_000


class Problem(NamedTuple):
    """One thing about one image: its kind, of those above, and what exactly."""

    kind: str
    detail: str


@dataclass(frozen=True)
class Limits:
    """What is unusual: a shorter side below ``tiny`` pixels, more than ``huge`` megapixels."""

    tiny: int = 64
    huge: int = 50


@dataclass
class Check:
    """A check of a list's images below ``folder`` by so many threads.

    ``counts`` holds the number of problems of each kind, whole when all blocks were read.
    """

    rows: pl.DataFrame
    folder: Path
    workers: int
    limits: Limits = Limits()
    counts: Counter[str] = field(default_factory=Counter)

    def blocks(self, done: Callable[[int], None] = lambda _: None) -> Iterator[pl.DataFrame]:
        """A row for each problem, in the list's order: ``id``, ``path``, ``problem``, ``detail``.

        ``done`` is told of each image. Memory: the list's ids and paths, for each thread the
        largest image, and a block of rows.
        """
        found: list[tuple[str, str, str, str]] = []
        paths = (self.folder / path for path in self.rows["path"])
        checked = map_in_order(lambda path: problems(path, self.limits), paths, self.workers)
        for image, path, its in zip(self.rows["id"], self.rows["path"], checked, strict=True):
            self.counts.update(problem.kind for problem in its)
            found += [(image, path, *problem) for problem in its]
            if len(found) >= _ROWS_PER_BLOCK:
                yield _block(found)
                found = []
            done(1)
        yield _block(found)

    def unusable(self) -> int:
        """How many images cannot be used."""
        return sum(self.counts[kind] for kind in UNUSABLE)

    def summary(self) -> str:
        """The counts as a text, such as ``1 missing, 2 rotated``; empty when all is well."""
        kinds = [kind for kind in (*UNUSABLE, *UNUSUAL) if self.counts[kind]]
        return ", ".join(f"{self.counts[kind]} {kind}" for kind in kinds)


def _block(found: list[tuple[str, str, str, str]]) -> pl.DataFrame:
    return pl.DataFrame(found, dict(PROBLEMS.columns), orient="row")


def problems(path: Path, limits: Limits) -> list[Problem]:
    """All there is to say about one image file, nothing about an ordinary one."""
    try:
        data = path.read_bytes()
        facts = open_image(data)
    except FileNotFoundError:
        return [Problem("missing", "there is no such file")]
    except OSError as error:
        return [Problem("unreadable", f"cannot be read: {error.strerror}")]
    except DataError as error:
        return [Problem(_kind(error), str(error))]
    return [] if facts is None else list(_unusual(facts, limits))


def open_image(data: bytes) -> ImageHeader | None:
    """Decode a whole image, as fast as damage in it can be found. Raises DataError for any."""
    decode_image(data, at_least=1)
    return read_header(data)


def _kind(error: DataError) -> str:
    if isinstance(error, AbsurdImageError):
        return "absurd"
    return "truncated" if isinstance(error, DamagedImageError) else "unreadable"


def _unusual(facts: ImageHeader, limits: Limits) -> Iterable[Problem]:
    size = f"{facts.width} x {facts.height} pixels"
    if min(facts.width, facts.height) < limits.tiny:
        yield Problem("tiny", size)
    if facts.width * facts.height > limits.huge * 10**6:
        yield Problem("huge", size)
    if facts.is_cmyk:
        yield Problem("cmyk", "its colours are those of printing")
    if facts.orientation in range(2, 9):
        yield Problem("rotated", f"EXIF orientation {facts.orientation}")
    if facts.is_animated:
        yield Problem("animated", "several frames, of which the first is used")
