"""Kaggle's submission CSV, from a table of neighbours."""

from collections.abc import Iterable, Iterator

import polars as pl
from gld_shared.errors import DataError


def submission_rows(neighbours: pl.DataFrame, count: int = 100) -> pl.DataFrame:
    """A submission: columns ``id`` and ``images``, a query's best ``count`` ids by spaces.

    ``neighbours`` has query_id, index_id and rank. Queries keep their order.
    """
    spaced = neighbours.filter(pl.col("index_id").str.contains(r"\s"))
    if spaced.height:
        raise DataError(
            f"index_id {spaced['index_id'][0]!r} holds a space, by which a submission separates "
            "ids; rename it"
        )
    return (
        neighbours.filter(pl.col("rank") <= count)
        .sort("rank", maintain_order=True)
        .group_by(pl.col("query_id").alias("id"), maintain_order=True)
        .agg(pl.col("index_id").str.join(" ").alias("images"))
    )


def submission_csv(blocks: Iterable[pl.DataFrame]) -> Iterator[bytes]:
    """The bytes of a submission: the header ``id,images``, then a line per row of the blocks."""
    header = b"id,images\n"
    for block in blocks:
        # With the first rows, so that a broken table leaves nothing behind it in a pipe.
        yield header + block.write_csv(include_header=False).encode()
        header = b""
    if header:
        yield header
