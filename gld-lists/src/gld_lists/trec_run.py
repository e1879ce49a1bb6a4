"""Neighbours as a run of TREC: a line ``query Q0 image rank score tag`` for each result."""

import polars as pl
from gld_shared.errors import DataError

_TAG = "gld"


def run_lines(neighbours: pl.DataFrame, count: int = 100) -> bytes:
    """Return the lines of each query's best ``count`` results.

    ``neighbours`` has query_id, index_id, rank and score. Raises DataError for an id with a space,
    which separates the cells of a run.
    """
    for name in ("query_id", "index_id"):
        ids = neighbours[name]
        spaced = ids.filter(ids.str.contains(r"\s"))
        if len(spaced):
            raise DataError(
                f"{name} {spaced[0]!r} holds a space, which separates the cells of a TREC run; "
                "rename it"
            )
    rows = neighbours.filter(pl.col("rank") <= count).select(
        "query_id",
        pl.lit("Q0").alias("Q0"),
        "index_id",
        "rank",
        "score",
        pl.lit(_TAG).alias("tag"),
    )
    text = rows.write_csv(separator=" ", quote_style="never", include_header=False)
    return text.encode()
