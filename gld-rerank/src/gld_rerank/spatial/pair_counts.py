"""The inliers that were counted between queries and index images, in a file for each query."""

import hashlib
import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from gld_rerank.spatial.checked_files import CheckedFiles, DamagedFileError

log = logging.getLogger(__name__)
FORMAT = "gld-inliers/1"
_DIGITS = 12
_COUNTS = np.dtype([("index_row", "<i8"), ("inliers", "<i8"), ("keypoints", "<i8")])


class Count(NamedTuple):
    """The inliers of a pair, and a checksum of the keypoints in which they were counted."""

    inliers: int
    keypoints: int


class PairCounts:
    """Inliers by the row of the query, then by the row of the index image, each in its lists.

    Any number of processes may write and read. A damaged file counts as missing.
    """

    def __init__(self, folder: Path, settings: Mapping[str, Any]) -> None:
        """Keep the counts of these settings, plain JSON values, in a folder below ``folder``."""
        text = json.dumps(settings, sort_keys=True)
        digest = hashlib.sha256(text.encode()).hexdigest()
        self.path = folder / f"inliers-{digest[:_DIGITS]}"
        self._files = CheckedFiles(self.path, digest)
        self._reported: set[int] = set()

    def read(self, query_row: int) -> dict[int, Count]:
        """Return what was counted for a query, by index row. A damaged file is named once."""
        try:
            counts = np.frombuffer(self._files.read(query_row), _COUNTS)
        except FileNotFoundError:
            return {}
        except DamagedFileError:
            if query_row not in self._reported:
                self._reported.add(query_row)
                file = self._files.file(query_row)
                log.warning("%s: damaged; its pairs are verified again", file)
            return {}
        return {row: Count(inliers, keypoints) for row, inliers, keypoints in counts.tolist()}

    def write(self, query_row: int, counts: Mapping[int, Count]) -> None:
        """Write what was counted for a query, by index row, whole or not at all."""
        rows = np.array([(row, *count) for row, count in sorted(counts.items())], _COUNTS)
        self._files.write(query_row, rows.tobytes())
        self._reported.discard(query_row)
