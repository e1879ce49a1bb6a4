"""Kaggle's submission CSV, from a table of neighbours."""

from collections.abc import Iterable, Iterator

import polars as pl
from gld_shared.errors import DataError


def submission_rows(neighbours: pl.DataFrame, count: int = 100) -> pl.DataFrame:
    """Join each query's best ``count`` ids with spaces: columns ``id`` and ``images``.

    ``neighbours`` has query_id, index_id and rank. Queries keep their order. Raises DataError for
    an id that holds a space.
    """
    spaced = neighbours.filter(pl.col("index_id").str.contains(r"\s"))
    if spaced.height:
        raise DataError(
            f"index_id {spaced['index_id'][0]!r} holds a space, which separates ids in a "
            "submission; rename it"
        )
    return (
        neighbours.filter(pl.col("rank") <= count)
        .sort("rank", maintain_order=True)
        .group_by(pl.col("query_id").alias("id"), maintain_order=True)
        .agg(pl.col("index_id").str.join(" ").alias("images"))
    )


def submission_csv(blocks: Iterable[pl.DataFrame]) -> Iterator[bytes]:
    """Yield the bytes of a submission: the header ``id,images``, then a line for each row."""
    header = b"id,images\n"
    for block in blocks:
        # Send the header with the first rows, so a broken table sends nothing down a pipe.
        yield header + block.write_csv(include_header=False).encode()
        header = b""
    if header:
        yield header
