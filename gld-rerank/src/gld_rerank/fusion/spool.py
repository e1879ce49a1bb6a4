"""Tables of neighbours as numbers in temporary files, so that they take no memory."""

from dataclasses import dataclass
from tempfile import TemporaryFile, gettempdir
from typing import Any

import numpy as np
import polars as pl
from gld_shared.errors import DataError
from gld_shared.files import display_name, writing
from gld_shared.neighbours import Ranking as Neighbours
from gld_shared.neighbours.table_form import CHANGED, named_neighbour
from gld_shared.provenance import History
from gld_shared.search.blocks import Floats, Rows
from gld_shared.store.parts import AnyStore

from gld_rerank.fusion.candidates import Ranking
from gld_rerank.neighbours import infinite_score


@dataclass(frozen=True)
class Spooled:
    """A table of neighbours that was read once: index rows and scores in unnamed temporary files.

    Query ``query_ids[i]`` has the neighbours from ``starts[i]`` to ``starts[i + 1]`` of ``rows``
    and ``scores``, best first.
    """

    path: str
    header: dict[str, Any]
    sha256: str
    query_ids: list[str]
    starts: Rows
    rows: Rows
    scores: Floats

    @property
    def history(self) -> History:
        """The steps that made the table, oldest first."""
        return list(self.header.get("history", []))

    def counts(self, places: Rows) -> Rows:
        """Return the numbers of neighbours of queries by their places (q,), -1 = not here."""
        return np.where(places >= 0, self.starts[places + 1] - self.starts[places], 0)

    def ranking(self, places: Rows) -> Ranking:
        """Return the neighbours of queries by their places (q,), -1 = not here."""
        counts = self.counts(places)
        before = np.cumsum(counts) - counts
        taken = np.arange(counts.sum()) + np.repeat(self.starts[places] - before, counts)
        return Ranking(counts, self.rows[taken], self.scores[taken].astype(np.float64))


def spool(stream: Neighbours, index: AnyStore, index_of: str) -> Spooled:
    """Read neighbours block by block; their ids are looked up in ``index``, of table ``index_of``.

    Memory: a block of the table, and its query ids; on disk, 12 bytes for each neighbour. Raises
    DataError for an id that is not in the index, and for a score that is not finite.
    """
    query_ids: list[str] = []
    counts: list[Rows] = []
    with writing(gettempdir()), TemporaryFile() as rows, TemporaryFile() as scores:
        for block in stream.blocks():
            found = block.group_by("query_id", maintain_order=True).len()
            query_ids.extend(found["query_id"])
            counts.append(found["len"].to_numpy().astype(np.int64))
            rows.write(_rows_of(block, index, stream.path, index_of).tobytes())
            scores.write(_finite(block, stream.path).tobytes())
        each = np.concatenate([np.zeros(1, np.int64), *counts])
        return Spooled(
            stream.path,
            stream.header,
            stream.sha256,
            query_ids,
            np.cumsum(each),
            _mapped(rows, np.int64),
            _mapped(scores, np.float32),
        )


def _rows_of(block: pl.DataFrame, index: AnyStore, path: str, index_of: str) -> Rows:
    # A block names an image many times, and each is looked up once.
    ids = block["index_id"]
    names = ids.unique().sort()
    distinct = index.ids.rows_of(names)
    rows: Rows = distinct[names.search_sorted(ids).to_numpy()]
    if (rows < 0).any():
        remedy = (
            f", the index of {display_name(index_of)}; tables that are fused rank the same images; "
            "name the table with the largest index first"
        )
        if path == index_of:
            remedy = f", which the header names; {CHANGED}"
        missing = named_neighbour(block, int(np.argmin(rows)))
        raise DataError(f"{display_name(path)}: {missing} is not in {index.path}{remedy}")
    return rows


def _finite(block: pl.DataFrame, path: str) -> Floats:
    scores = block["score"].to_numpy()
    wrong = np.flatnonzero(~np.isfinite(scores))
    if len(wrong):
        first = int(wrong[0])
        raise infinite_score(path, block["query_id"][first], float(scores[first]))
    return scores.astype(np.float32)


def _mapped(file: Any, dtype: Any) -> Any:
    file.flush()
    return np.memmap(file, dtype, "r") if file.tell() else np.empty(0, dtype)
