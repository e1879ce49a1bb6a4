"""Results with equal scores."""

import numpy as np
import polars as pl

from gld_eval.protocols.judged import Integers


def tie_ranks(rows: pl.DataFrame) -> tuple[Integers, Integers]:
    """Return the last rank with the same score, and the rank once ties are in order: (n,) both.

    That order is by index id, descending. ``rows`` are whole queries; without scores nothing ties.
    """
    rank = rows["rank"].cast(pl.Int64).to_numpy()
    if "score" not in rows.columns:
        return rank, rank
    score = rows["score"].to_numpy()
    tied = np.zeros(len(rank), bool)
    tied[1:] = score[1:] == score[:-1]
    tied[tied] = _same_query(rows, np.flatnonzero(tied))
    in_group = tied.copy()
    in_group[:-1] |= tied[1:]
    at = np.flatnonzero(in_group)
    groups = pl.DataFrame({"group": np.cumsum(~tied[at]), "rank": rank[at]}).with_columns(
        rows["index_id"].gather(at)
    )
    ordered = groups.select(
        pl.col("rank").max().over("group").alias("end"),
        pl.col("rank").min().over("group")
        + pl.col("index_id").rank("ordinal", descending=True).over("group").cast(pl.Int64)
        - 1,
    )
    end, new_rank = rank.copy(), rank.copy()
    end[at], new_rank[at] = ordered["end"].to_numpy(), ordered["rank"].to_numpy()
    return end, new_rank


def _same_query(rows: pl.DataFrame, at: Integers) -> pl.Series:
    """Return whether each row has the query of the row before it."""
    query = rows["query_id"]
    return query.gather(at) == query.gather(at - 1)
