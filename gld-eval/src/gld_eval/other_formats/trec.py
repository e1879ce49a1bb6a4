"""TREC's files: a run (query Q0 image rank score tag) and qrels (query 0 image relevance)."""

import polars as pl
from gld_shared.tables.parse import overflows
from gld_shared.tables.wrong_rows import refuse_first

from gld_eval.other_formats.table_text import read_cells

_RUN = ["query_id", "q0", "index_id", "rank", "score", "tag"]
_QRELS = ["query_id", "iteration", "index_id", "relevance"]


def read_run(data: bytes, name: str) -> pl.DataFrame:
    """Return query_id, index_id, rank, score: by falling score, ranks 1, 2, 3 and so on.

    Equal scores keep the order of the file's ranks. Raises DataError for a score or rank that is no
    number, and where scores rise with the ranks: a program that reads scores, as trec_eval does,
    and one that reads ranks would see two rankings.
    """
    cells = read_cells(data, name, _RUN, is_csv=False)
    rows = cells.with_columns(
        number=pl.col("rank").cast(pl.Int64, strict=False),
        value=pl.col("score").cast(pl.Float64, strict=False),
    )
    refuse_first(rows, pl.col("number").is_null(), name, "rank is {rank!r}, expected an integer")
    not_a_number = pl.col("value").is_null() | pl.col("value").is_nan()
    refuse_first(rows, not_a_number, name, "score is {score!r}, expected a number")
    beyond = overflows(pl.col("score"), pl.col("value").cast(pl.Float32))
    refuse_first(rows, beyond, name, "score is {score!r}, beyond the range of 32-bit floats")
    queries = rows["query_id"].unique(maintain_order=True)
    rows = rows.join(
        pl.DataFrame({"query_id": queries}).with_row_index("query"), on="query_id"
    ).sort(["query", "value", "number", "line"], descending=[False, True, False, False])
    _check_ranks(rows, name)
    return rows.select(
        "query_id",
        "index_id",
        pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over("query").alias("rank"),
        pl.col("value").cast(pl.Float32).alias("score"),
    )


def _check_ranks(rows: pl.DataFrame, name: str) -> None:
    """Raise DataError for the first row whose rank is above that of a better score."""
    better = [pl.col(column).shift(1).over("query") for column in ("number", "score")]
    rows = rows.with_columns(better[0].alias("number_above"), better[1].alias("score_above"))
    refuse_first(
        rows.sort("line"),
        (pl.col("number") < pl.col("number_above")).fill_null(False),
        name,
        "query {query_id!r} has {index_id!r} at rank {rank} with the score {score}, below rank "
        "{number_above} with the score {score_above}; expected scores that fall as ranks rise, so "
        "correct the scores or the ranks",
    )


def read_qrels(data: bytes, name: str) -> pl.DataFrame:
    """Return truth: query_id, index_id, usage ``all``, and the grade ``wrong`` where relevance < 1.

    Raises DataError for a relevance that is no integer, and for a pair judged twice.
    """
    rows = read_cells(data, name, _QRELS, is_csv=False).with_columns(
        value=pl.col("relevance").cast(pl.Int64, strict=False)
    )
    refuse_first(
        rows, pl.col("value").is_null(), name, "relevance is {relevance!r}, expected an integer"
    )
    refuse_first(
        rows,
        ~pl.struct("query_id", "index_id").is_first_distinct(),
        name,
        "query {query_id!r} has {index_id!r} twice; keep one",
    )
    return rows.select(
        "query_id",
        "index_id",
        pl.lit("all").alias("usage"),
        pl.when(pl.col("value") < 1).then(pl.lit("wrong")).otherwise(pl.lit("")).alias("grade"),
    )
