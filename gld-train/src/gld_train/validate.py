"""Validation: mAP@100 of the network in training, on a query list and an index list."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from gld_shared.errors import DataError
from gld_shared.metrics import mean_average_precision
from gld_shared.search.topk import topk_arrays
from gld_shared.tables import Table, first_rows

from gld_train.data.labelled_rows import Samples
from gld_train.data.loader import batches_of, in_order
from gld_train.data.training_images import TrainingImages
from gld_train.learner import Learner

RANKS = 100


@dataclass(frozen=True)
class Validation:
    """Two lists; an index image is relevant to the queries that share a label with it."""

    queries: Table
    index: Table
    folder: Path
    workers: int

    def __post_init__(self) -> None:
        """Raise DataError when no query has a relevant index image."""
        for table in (self.queries, self.index):
            if "label" not in table.rows.columns:
                raise DataError(f"{table.path}: no column label; validation needs it")
        if not relevant_pairs(self.queries, self.index).height:
            raise DataError(
                f"{self.queries.path}: none of its labels appears in {self.index.path}; "
                "validation needs queries with something to find"
            )

    def score(self, learner: Learner) -> float:
        """Compute mAP@100 over the queries that have a relevant index image.

        Raises DataError naming an image whose vector is zero or not finite.
        """
        queries, index = first_rows(self.queries.rows), first_rows(self.index.rows)
        query_vectors = self._embed(self.queries.path, queries, learner)
        index_vectors = self._embed(self.index.path, index, learner)
        _, rows = topk_arrays(query_vectors, index_vectors, min(RANKS, index.height))
        return map_at_100(rows, queries, index, relevant_pairs(self.queries, self.index))

    def _embed(
        self, table: str, rows: pl.DataFrame, learner: Learner
    ) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
        config = learner.config
        paths = np.array([path.encode() for path in rows["path"]], dtype=np.bytes_)
        samples = Samples(paths, np.zeros(rows.height, np.int64))
        images = TrainingImages(samples, self.folder, config.image.size, 0, None)
        batches = in_order(len(samples), config.data.batch_size)
        vectors = learner.embed(batches_of(images, batches, self.workers)).numpy()
        # A vector that could be normalised has length 1.
        broken = np.flatnonzero(~(np.vecdot(vectors, vectors) > 0))
        if len(broken):
            name = rows["id"][int(broken[0])]
            raise DataError(
                f"{table}: id {name!r}: the network gave a vector that is zero or not finite; "
                "training has diverged, so lower optim.lr"
            )
        return vectors


def relevant_pairs(queries: Table, index: Table) -> pl.DataFrame:
    """Return the pairs of ids that share a label, each once: columns query, index."""
    pairs = (
        queries.rows.filter(pl.col("label").is_not_null())
        .select("label", query="id")
        .join(index.rows.select("label", index="id"), on="label")
    )
    return pairs.select("query", "index").unique()


def map_at_100(
    rows: np.ndarray[tuple[int, int], np.dtype[np.int64]],
    queries: pl.DataFrame,
    index: pl.DataFrame,
    pairs: pl.DataFrame,
) -> float:
    """Compute the mean average precision of ranked index rows (queries, k), best first."""
    query_row = {name: row for row, name in enumerate(queries["id"])}
    index_row = {name: row for row, name in enumerate(index["id"])}
    relevant: list[set[int]] = [set() for _ in query_row]
    for query, found in pairs.iter_rows():
        relevant[query_row[query]].add(index_row[found])
    hits = [
        [row in wanted for row in ranked]
        for ranked, wanted in zip(rows.tolist(), relevant, strict=True)
    ]
    counts = np.array([len(wanted) for wanted in relevant])
    return mean_average_precision(np.array(hits), counts, RANKS)
