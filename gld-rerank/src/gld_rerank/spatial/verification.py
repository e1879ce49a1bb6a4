"""Counting the inliers of pairs of a query and an index image, in processes that share the work."""

from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

import google_crc32c
from gld_shared.progress import Advance, silent
from gld_shared.search.blas_threads import single_blas_thread
from gld_shared.work.engines.names import Start, start_quietly
from gld_shared.work.shared_output import sharing
from gld_shared.work.units import Unit, Units
from gld_shared.work.work_folder import work_folder

from gld_rerank.spatial.detection import Detector, WantedKeypoints, list_unreadable
from gld_rerank.spatial.inliers import count_inliers
from gld_rerank.spatial.keypoints import Keypoints
from gld_rerank.spatial.pair_counts import FORMAT, Count, PairCounts
from gld_rerank.spatial.processes import work_in_processes


@dataclass(frozen=True)
class WantedPairs:
    """The pairs to verify, and the files that keep their inliers; can be pickled.

    ``pairs`` has, for each query of ``queries``, the places of its candidates in ``index``; all
    their keypoints are in the stores. ``model`` and ``threshold`` are those of ``count_inliers``.
    As an ``Output``, its units are the queries, whose rows are their pairs, and it is finished when
    all pairs are counted.
    """

    queries: WantedKeypoints
    index: WantedKeypoints
    pairs: Sequence[Sequence[int]]
    model: str
    threshold: float

    @cached_property
    def counts(self) -> PairCounts:
        """The files of inliers, below the queries' store of keypoints."""
        settings = {
            "format": FORMAT,
            "queries": self.queries.store.digest,
            "index": self.index.store.digest,
            "model": self.model,
            "threshold": self.threshold,
        }
        return PairCounts(self.queries.path, settings)

    @property
    def path(self) -> Path:
        """The folder of the files."""
        return self.counts.path

    @property
    def chunks(self) -> int:
        """The number of queries."""
        return len(self.pairs)

    def rows_of(self, chunk: int) -> range:
        """Return a row for each pair of a query."""
        return range(len(self.pairs[chunk]))

    def has_chunk(self, chunk: int) -> bool:
        """Return whether all pairs of a query are counted."""
        return not self.missing(chunk)

    def missing(self, query: int) -> list[int]:
        """Return the candidates of a query whose inliers are not counted in these keypoints."""
        counted, found = self.counted(query), self.keypoints_of(query)
        return [
            place
            for place, checksum in zip(self.pairs[query], found, strict=True)
            if self.index.row_of(place) not in counted
            or counted[self.index.row_of(place)].keypoints != checksum
        ]

    def counted(self, query: int) -> dict[int, Count]:
        """Return what was counted for a query, by index row."""
        return self.counts.read(self.queries.row_of(query)) if self.pairs[query] else {}

    def keypoints_of(self, query: int) -> list[int]:
        """Return a checksum of the keypoints of each pair of a query, as they are now."""
        of_query = self.queries.store.checksum(self.queries.row_of(query))
        rows = map(self.index.row_of, self.pairs[query])
        return [google_crc32c.value(of_query + self.index.store.checksum(row)) for row in rows]

    def inliers(self, query: int) -> list[int]:
        """Return the inliers of each pair of a query, all counted."""
        counted = self.counted(query)
        return [counted[self.index.row_of(place)].inliers for place in self.pairs[query]]

    @property
    def finished(self) -> bool:
        """True if all pairs are counted."""
        return all(map(self.has_chunk, range(self.chunks)))

    def exists(self) -> bool:
        """Return whether any inliers were counted."""
        return self.path.exists()

    def remove(self) -> None:
        """Do nothing: there is no file without counts."""


def verify_wanted(
    wanted: WantedPairs,
    workers: int = 1,
    advance: Advance = silent,
    start: Start = start_quietly,
) -> None:
    """Count the inliers that the files lack, in ``workers`` processes, each on one core.

    Other commands may do the same work meanwhile; all share it. The inliers do not depend on the
    number of processes. ``advance`` is called with the number of pairs that are done, by any
    process. Memory of a process: the keypoints of two images, and a float32 for each pair of them.
    """
    noted = [each.unreadable() for each in (wanted.queries, wanted.index)]
    work_in_processes(partial(_verify_share, wanted), wanted, workers, advance, start)
    for each, before in zip((wanted.queries, wanted.index), noted, strict=True):
        # Damaged keypoints are detected again, and the image may be gone.
        if each.unreadable() != before:
            list_unreadable(each)


def _verify_share(wanted: WantedPairs, advance: Advance = silent) -> None:
    """Verify pairs, query after query, until none is missing."""
    with ExitStack() as stack:
        _, claims = stack.enter_context(sharing(wanted.path, lambda: wanted))
        verifier = stack.enter_context(closing(Verifier(wanted)))
        stack.enter_context(single_blas_thread())
        units = Units(wanted, claims, advance)
        for claimed in units.rounds():
            for unit in claimed:
                verifier.do(unit)
                units.settle(unit)
                advance(len(unit.rows))


class Verifier:
    """Verifies the pairs of queries."""

    def __init__(self, wanted: WantedPairs) -> None:
        """Open nothing yet."""
        self._wanted = wanted
        self._features = wanted.queries.kind.load()
        work = work_folder(wanted.path)
        self._queries = _Reader(wanted.queries, Detector(wanted.queries, work))
        self._index = _Reader(wanted.index, Detector(wanted.index, work))

    def do(self, unit: Unit) -> None:
        """Count the inliers of a query's missing pairs, and write them beside those it has."""
        wanted, query = self._wanted, unit.number
        keypoints = self._queries.read(query)
        counts, missing = wanted.counted(query), wanted.missing(query)
        inliers = {place: self._count(keypoints, self._index.read(place)) for place in missing}
        for place, checksum in zip(wanted.pairs[query], wanted.keypoints_of(query), strict=True):
            if place in inliers:
                counts[wanted.index.row_of(place)] = Count(inliers[place], checksum)
        wanted.counts.write(wanted.queries.row_of(query), counts)

    def close(self) -> None:
        """Close the sources of images."""
        self._queries.detector.close()
        self._index.detector.close()

    def _count(self, query: Keypoints, other: Keypoints) -> int:
        matches = self._features.match(query, other)
        points = query.points[matches[:, 0]], other.points[matches[:, 1]]
        return count_inliers(*points, self._wanted.model, self._wanted.threshold)


@dataclass(frozen=True)
class _Reader:
    """Reads keypoints; those that are damaged, or removed meanwhile, are detected again."""

    wanted: WantedKeypoints
    detector: Detector

    def read(self, place: int) -> Keypoints:
        store, row = self.wanted.store, self.wanted.row_of(place)
        if self.wanted.skip_unreadable and store.is_unreadable(row):
            return self.wanted.kind.none
        found = store.read(row)
        return self.detector.detect(place) if found is None else found
