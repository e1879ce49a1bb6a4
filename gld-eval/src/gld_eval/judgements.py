"""Relevance judgements: the pairs of the truth, and the queries that can be scored with them."""

import polars as pl
from gld_shared.errors import DataError
from gld_shared.files import display_name
from gld_shared.tables import Table

PAIR = ["query_id", "index_id"]


def judged_pairs(truth: Table) -> pl.DataFrame:
    """Return query_id, index_id and removed of each pair of the truth once; removed means junk.

    A query's own image is left out. Raises DataError when a pair is both junk and relevant.
    """
    rows = truth.rows.filter(pl.col("usage") != "ignored")
    junk = pl.col("grade") == "junk" if "grade" in rows.columns else pl.lit(False)
    pairs = rows.select(*PAIR, junk.alias("removed")).unique()
    both = pairs.filter(pl.struct(PAIR).is_duplicated())
    if both.height:
        query, index, _ = both.row(0)
        raise DataError(
            f"{display_name(truth.path)}: query {query!r} has {index!r} both as junk and as "
            "relevant; keep one"
        )
    return pairs.filter(pl.col("query_id") != pl.col("index_id"))


def evaluated_queries(truth: Table, judged: pl.DataFrame) -> pl.DataFrame:
    """Return row, query_id, usage and number of positives of the queries that have positives.

    Raises DataError when a query has several usages, and when no query has positives.
    """
    usages = truth.rows.select("query_id", "usage").unique(maintain_order=True)
    mixed = usages.filter(pl.col("query_id").is_duplicated())
    if mixed.height:
        query = mixed["query_id"][0]
        found = ", ".join(mixed.filter(pl.col("query_id") == query)["usage"])
        raise DataError(
            f"{display_name(truth.path)}: query {query!r} has several usages ({found}); "
            "expected one per query"
        )
    positives = judged.filter(~pl.col("removed")).group_by("query_id").agg(pl.len().alias("found"))
    queries = (
        usages.join(positives, on="query_id", maintain_order="left")
        .with_columns(pl.col("found").cast(pl.Int64).alias("positives"))
        .drop("found")
    )
    if not queries.height:
        raise DataError(
            f"{display_name(truth.path)}: no query has a relevant image, so there is nothing "
            "to score; was the truth made from the lists that were searched?"
        )
    return queries.with_row_index("row")
