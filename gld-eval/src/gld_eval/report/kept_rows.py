"""What the report shows of a ranking, kept while others read it once."""

from collections.abc import Iterator

import polars as pl
from gld_shared.neighbours import Ranking

from gld_eval.judgements import PAIR, Judgements

# Results of each query that the report shows.
TOP = 10
_ROW = {"query_id": pl.String, "index_id": pl.String, "rank": pl.Int32, "score": pl.Float32}


class KeptRows:
    """A ranking that keeps, while it is read, the first results of each query.

    With ``judgements``, it also keeps the later results that are pairs of the truth. Memory: the
    rows that are kept: ``TOP`` for each query, and the pairs that are found.
    """

    def __init__(self, ranking: Ranking, judgements: Judgements | None = None) -> None:
        """Keep nothing before ``blocks`` are read."""
        self.path = ranking.path
        self.judgements = judgements
        self.ranking = ranking
        self._pairs = None if judgements is None else judgements.pairs.select(PAIR)
        self._first = [pl.DataFrame(schema=_ROW)]
        self._later = [pl.DataFrame(schema=_ROW)]

    def blocks(self) -> Iterator[pl.DataFrame]:
        """Yield the blocks of the ranking, unchanged."""
        for rows in self.ranking.blocks():
            self._keep(rows)
            yield rows

    def _keep(self, rows: pl.DataFrame) -> None:
        if "score" not in rows.columns:
            rows = rows.with_columns(pl.lit(None, pl.Float32).alias("score"))
        is_first = pl.col("rank") <= TOP
        self._first.append(rows.filter(is_first).select(*_ROW))
        if self._pairs is not None:
            later = rows.filter(~is_first).join(self._pairs, on=PAIR, how="semi")
            self._later.append(later.select(*_ROW))

    def read(self) -> None:
        """Read all blocks, where nobody else does."""
        for _ in self.blocks():
            pass

    @property
    def first(self) -> pl.DataFrame:
        """The first results of each query in order: query_id, index_id, rank, and score or null."""
        return pl.concat(self._first)

    @property
    def later(self) -> pl.DataFrame:
        """The results after these that are pairs of the truth, with the same columns."""
        return pl.concat(self._later)
