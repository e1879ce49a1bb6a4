"""Detecting the keypoints that a store lacks, in processes that share the work."""

import logging
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

import polars as pl
from gld_shared.errors import DataError
from gld_shared.images.boxes import box_of
from gld_shared.images.reduced_pixels import read_pixels
from gld_shared.images.sources import Source, SourceError, open_source
from gld_shared.images.unreadable import skipped_table, write_skipped
from gld_shared.progress import Advance, silent
from gld_shared.text_encoding import shown
from gld_shared.work.engines.names import Start, start_quietly
from gld_shared.work.shared_output import sharing
from gld_shared.work.units import Unit, Units
from gld_shared.work.work_folder import work_folder

from gld_rerank.spatial.features.kinds import FeatureKind, LocalFeatures
from gld_rerank.spatial.keypoint_store import KeypointStore
from gld_rerank.spatial.keypoints import Keypoints
from gld_rerank.spatial.processes import work_in_processes

log = logging.getLogger(__name__)
# A source behind a URL fetches the images of a unit at the same time.
_IMAGES_PER_UNIT = 16


@dataclass(frozen=True)
class WantedKeypoints:
    """The images whose keypoints are wanted, and the store that keeps them; can be pickled.

    ``rows`` has a row for each image, once: ``row`` in the lists, ``id``, ``path`` and any box.
    ``images`` is their source (see ``open_source``); ``size`` the longer side of larger images.
    As an ``Output``, it is finished when the store has all images, or notes them as unreadable.
    """

    store: KeypointStore
    kind: FeatureKind
    rows: pl.DataFrame
    images: str
    size: int
    skip_unreadable: bool = False

    @property
    def path(self) -> Path:
        """The store's folder."""
        return self.store.path

    @property
    def chunks(self) -> int:
        """The number of units of images."""
        return -(-len(self.rows) // _IMAGES_PER_UNIT)

    def rows_of(self, chunk: int) -> range:
        """Return the places of a unit's images in ``rows``."""
        start = chunk * _IMAGES_PER_UNIT
        return range(start, min(start + _IMAGES_PER_UNIT, len(self.rows)))

    def has_chunk(self, chunk: int) -> bool:
        """Return whether all images of a unit are done."""
        return all(map(self.has, self.rows_of(chunk)))

    def has(self, place: int) -> bool:
        """Return whether an image is done."""
        row = self.row_of(place)
        return self.store.has(row) or (self.skip_unreadable and self.store.is_unreadable(row))

    def row_of(self, place: int) -> int:
        """Return an image's row in the lists."""
        return int(self.rows["row"][place])

    @property
    def finished(self) -> bool:
        """True if all images are done."""
        return all(map(self.has_chunk, range(self.chunks)))

    def exists(self) -> bool:
        """Return whether the store exists."""
        return self.store.exists()

    def remove(self) -> None:
        """Remove the store if it holds nothing."""
        self.store.remove()

    def unreadable(self) -> frozenset[int]:
        """Return the rows that are noted as unreadable."""
        return frozenset(filter(self.store.is_unreadable, self.rows["row"].to_list()))


def detect_wanted(
    wanted: WantedKeypoints,
    workers: int = 1,
    advance: Advance = silent,
    start: Start = start_quietly,
) -> None:
    """Detect the keypoints that the store lacks, in ``workers`` processes, each on one core.

    Other commands may do the same work meanwhile; all share it. The bytes of the store do not
    depend on the number of processes. ``advance`` is called with the number of images that are
    done, by any process. Raises DataError at the first unreadable image, unless these are skipped.
    """
    for row in wanted.unreadable():
        wanted.store.forget_unreadable(row)
    work_in_processes(partial(_detect_share, wanted), wanted, workers, advance, start)
    list_unreadable(wanted)


def list_unreadable(wanted: WantedKeypoints) -> None:
    """Write the table of the images that cannot be read, if there are any."""
    table = skipped_table(wanted.path)
    noted = {row: wanted.store.why_unreadable(row) for row in wanted.unreadable()}
    # Another command may have removed a note, to try the image again.
    why = {row: reason for row, reason in noted.items() if reason is not None}
    left = wanted.rows.filter(pl.col("row").is_in(list(why)))
    if not len(left):
        table.unlink(missing_ok=True)
        return
    write_skipped(table, left.drop("row"), [why[row] for row in left["row"]], [])
    log.warning("%d of %d images have no keypoints, see %s", len(left), len(wanted.rows), table)


def _detect_share(wanted: WantedKeypoints, advance: Advance = silent) -> None:
    """Detect keypoints, unit after unit, until none is missing."""
    detector = Detector(wanted, work_folder(wanted.path))
    with sharing(wanted.path, lambda: wanted) as (_, claims), closing(detector):
        units = Units(wanted, claims, advance)
        for claimed in units.rounds():
            for unit in claimed:
                detector.do(unit)
                units.settle(unit)
                advance(len(unit.rows))


class Detector:
    """Detects keypoints of wanted images; the source and the features are opened when needed."""

    def __init__(self, wanted: WantedKeypoints, work: Path) -> None:
        """Open nothing yet; ``work`` is the folder for an index of tars."""
        self._wanted = wanted
        self._work = work

    def do(self, unit: Unit) -> None:
        """Write the missing keypoints of a unit, or the notes of images that cannot be read."""
        missing = [place for place in unit.rows if not self._wanted.has(place)]
        self._source.expect([str(self._wanted.rows["path"][place]) for place in missing])
        for place in missing:
            self.detect(place)

    def detect(self, place: int) -> Keypoints:
        """Detect the keypoints of an image, and write them to the store.

        Raises DataError naming an unreadable image, unless these are skipped: then the store notes
        it, and there are none.
        """
        store, row = self._wanted.store, self._wanted.row_of(place)
        try:
            keypoints = self._detect(place)
        except SourceError:
            raise
        except DataError as error:
            if not self._wanted.skip_unreadable:
                raise DataError(
                    f"{error} (id {self._wanted.rows['id'][place]}); --skip-unreadable ranks such "
                    "images by their similarity alone"
                ) from error
            log.warning("no keypoints: %s (id %s)", error, self._wanted.rows["id"][place])
            store.note_unreadable(row, shown(str(error)))
            return self._wanted.kind.none
        store.write(row, keypoints)
        return keypoints

    def close(self) -> None:
        """Close the source."""
        if "_source" in self.__dict__:
            self._source.close()

    def _detect(self, place: int) -> Keypoints:
        path, box = str(self._wanted.rows["path"][place]), box_of(self._wanted.rows, place)
        data = self._source.read(path)
        try:
            pixels = read_pixels(data, box, self._wanted.size, self._wanted.kind.is_gray)
        except DataError as error:
            raise type(error)(f"{self._source.name_of(path)}: {error}") from error
        return self._features.detect(pixels)

    @cached_property
    def _source(self) -> Source:
        return open_source(self._wanted.images, self._work)

    @cached_property
    def _features(self) -> LocalFeatures:
        return self._wanted.kind.load()
