"""The index images that are relevant to each query, from the labels of two lists."""

import logging

import polars as pl
from gld_shared.errors import DataError

log = logging.getLogger(__name__)


def truth_from_labels(queries: pl.DataFrame, index: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs that share a landmark: ``query_id``, ``index_id``, ``usage`` ("all").

    Landmarks are compared by name (``landmark``) where both lists have names, and by ``label``
    otherwise: lists made separately number their landmarks differently. An image with several
    landmarks matches by any of them. An image is not relevant to itself. A query without a relevant
    image has one row with an empty index_id and usage "ignored". Queries and their images keep the
    order of their lists. Raises DataError when a list has no landmarks.
    """
    key = _common_key(queries, index)
    pairs = _with_key(queries, key, "query").join(
        _with_key(index, key, "index"), on="key", how="inner"
    )
    pairs = (
        pairs.filter(pl.col("query_id") != pl.col("index_id"))
        .sort("query_row", "index_row")
        .unique(["query_id", "index_id"], keep="first", maintain_order=True)
    )
    ids = queries.select(pl.col("id").alias("query_id")).unique(maintain_order=True)
    rows = ids.join(pairs, on="query_id", how="left", maintain_order="left_right").select(
        "query_id",
        pl.col("index_id").fill_null(""),
        pl.when(pl.col("index_id").is_null())
        .then(pl.lit("ignored"))
        .otherwise(pl.lit("all"))
        .alias("usage"),
    )
    ignored = int((rows["usage"] == "ignored").sum())
    if ignored:
        log.warning("%d of %d queries have no image in the index: ignored", ignored, ids.height)
    return rows


def _common_key(queries: pl.DataFrame, index: pl.DataFrame) -> str:
    for key in ("landmark", "label"):
        if all(_known(rows, key).any() for rows in (queries, index)):
            return key
    bare = [
        name
        for name, rows in (("queries", queries), ("index", index))
        if not any(_known(rows, key).any() for key in ("landmark", "label"))
    ]
    which = " and ".join(bare) or "queries and index"
    raise DataError(
        f"{which}: no landmark or label in common use; expected lists with the same column filled"
    )


def _known(rows: pl.DataFrame, key: str) -> pl.Series:
    if key not in rows.columns:
        return pl.Series([False])
    return rows[key].cast(pl.String).fill_null("") != ""


def _with_key(rows: pl.DataFrame, key: str, side: str) -> pl.DataFrame:
    return (
        rows.with_row_index("row")
        .with_columns(pl.col("row").min().over("id").alias(f"{side}_row"))
        .filter(_known(rows, key))
        .select(f"{side}_row", pl.col("id").alias(f"{side}_id"), pl.col(key).alias("key"))
    )
