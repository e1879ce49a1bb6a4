"""The results that the truth judges, found in one pass over the neighbours."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import polars as pl
from gld_shared.errors import DataError
from gld_shared.files import display_name
from gld_shared.tables.pair_hashes import any_equal

from gld_eval.judgements import PAIR, Judgements
from gld_eval.pair_index import PairIndex
from gld_eval.protocols.judged import Grade, Integers
from gld_eval.strange_images import StrangeImages
from gld_eval.ties import tie_ranks

_RESULTS = {
    "query": pl.Int64,
    "rank": pl.Int32,
    "grade": pl.Int8,
    "own": pl.Boolean,
    "repeated": pl.Boolean,
    "tie_end": pl.Int32,
    "tie_rank": pl.Int32,
    "positive": pl.Boolean,
}


class Repeat(NamedTuple):
    """A result that its query has already had."""

    query_id: str
    index_id: str
    rank: int


class Ranking(Protocol):
    """Neighbours in blocks of whole queries: a table or a stream."""

    @property
    def path(self) -> str:
        """The path as the user named it."""

    def blocks(self) -> Iterator[pl.DataFrame]:
        """Yield rows query_id, index_id, rank, score."""
        ...


@dataclass(frozen=True)
class Matches:
    """``results``: the judged results and own images; ``lengths``: results of each query.

    ``query`` of a result is the number that the judgements give the query. ``repeat`` is the first
    result that a query repeats, judged or not, if there is one.
    """

    results: pl.DataFrame
    lengths: pl.DataFrame
    path: str
    repeat: Repeat | None = None


def match(neighbours: Ranking, judgements: Judgements) -> Matches:
    """Read the neighbours once, and keep the results that the truth judges, and own images.

    Logs a warning if the truth knows none of the images that were found. Memory: the truth, one
    block of neighbours, and the pairs found in both. Raises DataError when the truth lacks a query
    of the neighbours.
    """
    index = PairIndex(judgements.pairs)
    strange = StrangeImages(judgements)
    repeat = None
    results = [pl.DataFrame(schema=_RESULTS)]
    lengths = [pl.DataFrame(schema={"query_id": pl.String, "length": pl.UInt32})]
    for rows in neighbours.blocks():
        runs = rows["query_id"].rle().struct.unnest()
        lengths.append(
            runs.select(pl.col("value").alias("query_id"), pl.col("len").alias("length"))
        )
        at, pair, hashes = index.find(rows)
        results.append(_judged(rows, judgements, at, pair))
        strange.see(rows["index_id"], any_known=len(at) > 0)
        if repeat is None and any_equal(hashes):
            repeat = _first_repeat(rows)
    counted = pl.concat(lengths)
    _check_known(counted["query_id"], judgements, display_name(neighbours.path))
    strange.report(neighbours.path)
    return Matches(pl.concat(results), counted, neighbours.path, repeat)


def _first_repeat(rows: pl.DataFrame) -> Repeat | None:
    repeats = rows.filter(~pl.struct(PAIR).is_first_distinct()).head(1)
    return Repeat(*repeats.select(*PAIR, "rank").row(0)) if repeats.height else None


def _judged(
    rows: pl.DataFrame, judgements: Judgements, at: Integers, pair: Integers
) -> pl.DataFrame:
    """Keep the rows ``at``, which are pairs, and the query's own image, in their order."""
    found = judgements.pairs.select("query", "grade", "own")[pair].with_columns(at=at, image=pair)
    own = (rows["query_id"] == rows["index_id"]).arg_true().to_numpy()
    own = np.setdiff1d(own, at, assume_unique=True)
    if len(own):
        found = pl.concat([found, _own_images(rows, own, judgements)]).sort("at")
        at = found["at"].to_numpy()
    tie_end, tie_rank = tie_ranks(rows)
    scores = rows["score"] if "score" in rows.columns else pl.repeat(1, rows.height, eager=True)
    return found.with_columns(
        rank=rows["rank"].gather(at),
        repeated=~pl.col("image").is_first_distinct(),
        tie_end=pl.Series(tie_end[at]),
        tie_rank=pl.Series(tie_rank[at]),
        positive=scores.gather(at) > 0,
    ).select(pl.col(name).cast(kind) for name, kind in _RESULTS.items())


def _own_images(rows: pl.DataFrame, at: Integers, judgements: Judgements) -> pl.DataFrame:
    """Return the queries' own images that the truth does not judge; below 0 their ``image``."""
    own = rows.select("query_id")[at].with_columns(at=at.astype(np.int64))
    return own.join(judgements.queries, on="query_id").select(
        "query",
        grade=pl.lit(Grade.WRONG, pl.Int8),
        own=pl.lit(True),
        at="at",
        image=-1 - pl.col("query"),
    )


def _check_known(found: pl.Series, judgements: Judgements, name: str) -> None:
    unknown = found.filter(~found.is_in(judgements.queries["query_id"].implode()))
    if len(unknown):
        raise DataError(
            f"{name}: {len(unknown)} of {len(found)} queries are not in "
            f"{display_name(judgements.path)}, for example {unknown[0]!r}; use the truth of "
            "the same query list (a query without positives appears there with usage ignored)"
        )
