"""Kaggle's CSV files of the landmark competitions, read as their official code reads them.

Source: tensorflow/models, research/delf, datasets/google_landmarks_dataset/dataset_file_io.py.
"""

import polars as pl
from gld_shared.errors import DataError
from gld_shared.kaggle_solution import check_ids, relevant_images, relevant_pairs, with_usage
from gld_shared.tables.parse import overflows
from gld_shared.tables.wrong_rows import refuse_first

from gld_eval.other_formats.table_text import read_cells


def read_submission(data: bytes, name: str) -> pl.DataFrame:
    """Return query_id, index_id, rank and score of ``id,images``; 1/rank stands for the score.

    Images are separated by one space each: of two spaces, the second ends an image without a name,
    which is wrong at its rank, but for one space at the end. An id without images is no query.
    Raises DataError for an id that appears twice.
    """
    rows = _predicted(data, name, "images")
    rank = pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over("query_id")
    return (
        rows.select(pl.col("id").alias("query_id"), pl.col("pieces").alias("index_id"))
        .explode("index_id")
        .with_columns(rank=rank)
        .with_columns(score=(1 / pl.col("rank")).cast(pl.Float32))
    )


def read_predictions(data: bytes, name: str) -> pl.DataFrame:
    """Return query_id, landmark and confidence of ``id,landmarks``: a label and a score each.

    Raises DataError for an id that appears twice, and for other than an integer and a number.
    """
    rows = _predicted(data, name, "landmarks").with_columns(
        landmark=pl.col("pieces").list.get(0).cast(pl.Int64, strict=False),
        confidence=pl.col("pieces").list.get(1, null_on_oob=True).cast(pl.Float64, strict=False),
    )
    wrong = (
        (pl.col("pieces").list.len() != 2)
        | pl.col("landmark").is_null()
        | pl.col("confidence").is_null()
        | pl.col("confidence").is_nan()
    )
    refuse_first(
        rows, wrong, name, "landmarks is {landmarks!r}, expected a label and a score: '7 0.9'"
    )
    beyond = overflows(pl.col("pieces").list.get(1), pl.col("confidence"))
    refuse_first(
        rows, beyond, name, "landmarks is {landmarks!r}, beyond the range of 64-bit floats"
    )
    return rows.select(
        pl.col("id").alias("query_id"), pl.col("landmark").cast(pl.String), "confidence"
    )


def read_solution(data: bytes, name: str) -> pl.DataFrame:
    """Return query_id, index_id and usage of ``id,images,Usage``; ignored queries have no images.

    Raises DataError for an unknown usage, an id that appears twice, and a query without images that
    is not ignored.
    """
    return relevant_pairs(relevant_images(_solved(data, name, "images"), name))


def read_recognition_solution(data: bytes, name: str) -> pl.DataFrame:
    """Return query_id, index_id and usage of ``id,landmarks,Usage``; ``index_id`` is a label.

    It is empty for an image without a landmark. Raises DataError for an unknown usage, an id that
    appears twice, and a label that is no integer.
    """
    rows = with_usage(_solved(data, name, "landmarks"), name)
    labels = pl.col("landmarks").str.split(" ").list.eval(pl.element().cast(pl.Int64, strict=False))
    unreadable = labels.list.eval(pl.element().is_null()).list.any()
    ignored, nothing = pl.col("usage") == "ignored", pl.col("landmarks") == ""
    refuse_first(
        rows,
        ~ignored & ~nothing & unreadable,
        name,
        "landmarks is {landmarks!r}, expected labels separated by one space",
    )
    none = pl.lit([], dtype=pl.List(pl.String))
    read = pl.when(ignored | nothing).then(none).otherwise(labels.cast(pl.List(pl.String)))
    return relevant_pairs(rows.with_columns(labels=read), "labels")


def _predicted(data: bytes, name: str, column: str) -> pl.DataFrame:
    """Read id, the column, line and ``pieces``, the column's parts; without ids that have none."""
    if not data.endswith(b"\n"):  # a cut id or number is another one
        line = data.count(b"\n") + 1
        raise DataError(
            f"{name}:{line}: no newline at its end, so the file may be cut short; make it again, "
            "or end the line if it is whole"
        )
    rows = read_cells(data, name, ["id", column], is_csv=True).filter(pl.col(column) != "")
    check_ids(rows, name)
    # Of a space at the end, the empty part after it is dropped, but only one.
    return rows.with_columns(pieces=pl.col(column).str.strip_suffix(" ").str.split(" "))


def _solved(data: bytes, name: str, column: str) -> pl.DataFrame:
    rows = read_cells(data, name, ["id", column, "Usage"], is_csv=True)
    if not rows.height:
        raise DataError(f"{name}: no query; the file is cut short")
    return rows
