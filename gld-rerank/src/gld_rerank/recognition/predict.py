"""Predicting each query's landmark, with a confidence, from its neighbours among references."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from gld_shared.errors import DataError
from gld_shared.neighbours import NONE
from gld_shared.progress import Advance, silent
from gld_shared.provenance import Input
from gld_shared.search.blocks import Doubles, Rows
from gld_shared.store import EmbeddingStore
from gld_shared.tables import Table, first_rows

from gld_rerank.neighbours import Neighbours, Source, open_neighbours
from gld_rerank.reasons import text_lines
from gld_rerank.recognition.non_landmarks import NonLandmarks, non_landmarks_of
from gld_rerank.recognition.vote import elect, voters_of

VOTERS = 3
_LARGEST = float(np.finfo(np.float32).max)
_QUERIES_AT_ONCE = 1024


@dataclass(frozen=True)
class Predictions:
    """Predictions that are ready to be computed.

    ``labels`` (q, m) are those of ``found.rows``, -1 = none, and places in ``landmarks``.
    """

    found: Neighbours
    labels: Rows
    landmarks: pl.Series
    voters: int
    non_landmarks: NonLandmarks | None
    inputs: Sequence[Input]

    @property
    def n_queries(self) -> int:
        """The number of queries."""
        return len(self.found.query_ids)

    def blocks(self, advance: Advance = silent) -> Iterator[pl.DataFrame]:
        """Yield predictions (``query_id landmark confidence``), 1,024 queries at a time.

        A query without a labelled neighbour has none. ``advance`` is called with the number of
        queries of each block.
        """
        for start in range(0, self.n_queries, _QUERIES_AT_ONCE):
            part = slice(start, min(start + _QUERIES_AT_ONCE, self.n_queries))
            yield self._of(part)
            advance(part.stop - part.start)

    def explain(self, query_id: str) -> Iterator[str]:
        """Yield lines of text: a query's landmark, and its neighbours with penalties and votes.

        Raises DataError for a query that is not in the table.
        """
        query = self.found.place_of(query_id)
        part = slice(query, query + 1)
        predicted = self._of(part)
        if predicted.height:
            yield f"landmark: {predicted['landmark'][0]} ({predicted['confidence'][0]:.4f})"
        else:
            yield "landmark: none, since no neighbour has a label"
        if self.non_landmarks is not None:
            penalty = self.non_landmarks.of_queries(part)[0]
            yield f"similarity to non-landmarks, subtracted from the votes: {penalty:.4f}"
        rows, scores, labels = self.found.rows[query], self._scores(part)[0], self.labels[query]
        votes = voters_of(rows, scores, labels, self.voters).tolist()
        count = int((rows != NONE).sum())
        named = [None if label == NONE else self.landmarks[label] for label in labels.tolist()]
        columns = {
            "rank": pl.Series(range(1, count + 1), dtype=pl.Int64),
            "index_id": self.found.index_side.ids.take(rows[:count]),
            "score": self.found.scores[query, :count],
            "penalty": self.found.scores[query, :count] - scores[:count],
            "vote": [scores[place] if place in votes else None for place in range(count)],
            "landmark": pl.Series(named[:count], dtype=pl.String),
        }
        yield from text_lines(pl.DataFrame(columns, schema_overrides={"vote": pl.Float64}))

    def _scores(self, part: slice) -> Doubles:
        """Return the scores of the neighbours of some queries less their penalties, (q, m)."""
        scores = self.found.scores[part].astype(np.float64)
        if self.non_landmarks is not None:
            scores -= self.non_landmarks.of_references(self.found.rows[part])
        return scores

    def _of(self, part: slice) -> pl.DataFrame:
        rows, scores = self.found.rows[part], self._scores(part)
        elected, confidence = elect(rows, scores, self.labels[part], self.voters)
        if self.non_landmarks is not None:
            confidence -= self.non_landmarks.of_queries(part)
        kept = np.flatnonzero(elected != NONE)
        return pl.DataFrame(
            {
                "query_id": pl.Series(self.found.query_ids[part], dtype=pl.String)[kept],
                "landmark": self.landmarks[elected[kept]],
                "confidence": np.clip(confidence[kept], -_LARGEST, _LARGEST).astype(np.float32),
            }
        )


def predict_landmarks(
    neighbours: Source,
    labels: Table,
    non_landmarks: Sequence[EmbeddingStore] = (),
    voters: int = VOTERS,
    device: str = "cpu",
) -> Predictions:
    """Predict the landmark with the largest sum of scores among the best labelled neighbours.

    The sum is the confidence. With ``non_landmarks``, a store for each network of images without a
    landmark, each neighbour's score is lowered by its mean similarity to the 5 most similar of
    these, and the confidence by the query's to the 10 most similar. Memory: the table, the list,
    1,024 queries with the vectors of their neighbours, and one block of the non-landmarks. Raises
    DataError when the list lacks labels or a neighbour, for a score that is not finite, and for
    stores that do not match.
    """
    found = open_neighbours(neighbours)
    found.check_scores()
    places, landmarks = _labels_of(found, labels)
    others = non_landmarks_of(found, non_landmarks, device) if non_landmarks else None
    inputs = found.inputs([labels], non_landmarks)
    return Predictions(found, places, landmarks, voters, others, inputs)


def _labels_of(found: Neighbours, table: Table) -> tuple[Rows, pl.Series]:
    """Return the place of each candidate's landmark, (q, m), -1 = none, and the landmarks."""
    present = found.rows != NONE
    distinct, inverse = np.unique(found.rows[present], return_inverse=True)
    images = pl.DataFrame({"id": found.index_side.ids.take(distinct)})
    listed = first_rows(table.rows).select("id", name=_names(table), listed=pl.lit(True))
    joined = images.join(listed, on="id", how="left", maintain_order="left")
    unlisted = joined.filter(pl.col("listed").is_null())
    if len(unlisted):
        raise DataError(
            f"{table.path}: {unlisted['id'][0]!r} of {found.index[0].path} is not in the list "
            f"({len(unlisted)} such); give the list that the store was made from"
        )
    named = joined["name"]
    landmarks = named.drop_nulls().unique().sort()
    numbers = named.replace_strict(
        landmarks, pl.Series(range(len(landmarks)), dtype=pl.Int64), default=None
    )
    places = np.full(found.rows.shape, NONE, np.int64)
    places[present] = numbers.fill_null(NONE).to_numpy()[inverse]
    return places, landmarks


def _names(table: Table) -> pl.Expr:
    """Return each image's landmark, null = none: the label where no image of the list has one."""
    for column in ("landmark", "label"):
        if column in table.rows.columns:
            text = pl.col(column).cast(pl.String)
            name = pl.when(text != "").then(text)
            if table.rows.select(name.is_not_null().any()).item():
                return name
    raise DataError(f"{table.path}: no landmark and no label; expected a list of labelled images")
