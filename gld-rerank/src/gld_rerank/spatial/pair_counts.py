"""The inliers that were counted between queries and index images, in a file for each query."""

import hashlib
import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gld_rerank.spatial.checked_files import CheckedFiles, DamagedFileError

log = logging.getLogger(__name__)
_DIGITS = 12
_COUNTS = np.dtype([("index_row", "<i8"), ("inliers", "<i8")])


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

    def read(self, query_row: int) -> dict[int, int]:
        """Return the inliers by index row that were counted for a query."""
        try:
            counts = np.frombuffer(self._files.read(query_row), _COUNTS)
        except FileNotFoundError:
            return {}
        except DamagedFileError:
            log.warning("%s: damaged; its pairs are verified again", self._files.file(query_row))
            return {}
        return dict(zip(counts["index_row"].tolist(), counts["inliers"].tolist(), strict=True))

    def write(self, query_row: int, inliers: Mapping[int, int]) -> None:
        """Write the inliers by index row of a query, whole or not at all."""
        rows: npt.NDArray[Any] = np.array(sorted(inliers.items()), np.int64).reshape(-1, 2)
        counts = np.empty(len(rows), _COUNTS)
        counts["index_row"], counts["inliers"] = rows[:, 0], rows[:, 1]
        self._files.write(query_row, counts.tobytes())
