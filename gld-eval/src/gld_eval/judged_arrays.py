"""Matched results and judgements as the arrays that protocols score."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from gld_eval.judgements import Judgements
from gld_eval.matching import Matches
from gld_eval.protocols.judged import Flags, Integers, Judged, Pairs, Results


def results_of(matches: Matches, queries: pl.DataFrame) -> pl.DataFrame:
    """Return the judged results of ``queries`` (query, row), sorted by row and rank."""
    rows = queries.select("query", "row")
    return matches.results.join(rows, on="query").sort("row", "rank")


def judged_of(
    results: pl.DataFrame, matches: Matches, judgements: Judgements, queries: pl.DataFrame
) -> Judged:
    """Return results (of ``results_of``), pairs and numbers of results of ``queries`` as arrays."""
    pairs = judgements.pairs.select("query", "grade", "own").join(
        queries.select("query", "row"), on="query"
    )
    lengths = queries.join(matches.lengths, on="query_id", how="left", maintain_order="left")
    return Judged(
        Results(
            *_pair_columns(results),
            rank=_integers(results["rank"]),
            repeated=results["repeated"].to_numpy(),
            tie_end=_integers(results["tie_end"]),
            tie_rank=_integers(results["tie_rank"]),
            positive=results["positive"].to_numpy(),
        ),
        Pairs(*_pair_columns(pairs)),
        _integers(lengths["length"].fill_null(0)),
    )


def _pair_columns(rows: pl.DataFrame) -> tuple[Integers, NDArray[np.int8], Flags]:
    return _integers(rows["row"]), rows["grade"].to_numpy(), rows["own"].to_numpy()


def _integers(column: pl.Series) -> Integers:
    return column.cast(pl.Int64).to_numpy()
