"""Statistics of a list: images, landmarks, and quantiles of the images per landmark."""

from collections.abc import Iterator

import polars as pl

from gld_lists.report_tables import STATISTICS

QUANTILES = {"fewest": 0.0, "lower_quartile": 0.25, "median": 0.5, "upper_quartile": 0.75,
             "percentile_99": 0.99, "most": 1.0}  # fmt: skip
PLACES = ("continent", "country")


def statistics(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    """Compute a table of kind ``STATISTICS``: a row for the list, each continent and each country.

    ``images`` counts ids, and ``unlabelled`` the ids without a landmark. An image of several
    landmarks counts for each of them. The columns from ``fewest`` to ``most`` are quantiles of the
    images per landmark (nearest rank), empty where there is no landmark. ``clean_share`` is empty
    where the list has no such column. Places are sorted by size, the largest first; the name of an
    unknown place is "".
    """
    parts = [_of_groups(rows, pl.lit("").alias("name"), "all")]
    parts += [
        _of_groups(rows, pl.col(place).fill_null("").alias("name"), place)
        for place in PLACES
        if place in rows.columns
    ]
    named = pl.concat(parts).with_columns(pl.lit(name).alias("list"))
    return named.select(list(STATISTICS.columns))


def images_per_landmark(rows: pl.DataFrame) -> pl.Series:
    """Count the images of each landmark, in order of label."""
    if "label" not in rows.columns:
        return pl.Series("images", [], dtype=pl.Int64)
    labelled = rows.select("label", "id").drop_nulls("label")
    counts = labelled.group_by("label").agg(pl.col("id").n_unique().cast(pl.Int64).alias("images"))
    return counts.sort("label")["images"]


def _of_groups(rows: pl.DataFrame, name: pl.Expr, by: str) -> pl.DataFrame:
    named = rows.select(
        name,
        "id",
        _or_null(rows, "label", pl.Int64()).alias("label"),
        _or_null(rows, "clean", pl.Int8()).alias("clean"),
    )
    images = named.group_by("name", maintain_order=True).agg(
        pl.col("id").n_unique().cast(pl.Int64).alias("images"),
        pl.col("id")
        .filter(pl.col("label").is_null())
        .n_unique()
        .cast(pl.Int64)
        .alias("unlabelled"),
        pl.col("clean").cast(pl.Float64).mean().alias("clean_share"),
    )
    counts = (
        named.drop_nulls("label")
        .group_by("name", "label")
        .agg(pl.col("id").n_unique().alias("count"))
        .group_by("name")
        .agg(pl.len().cast(pl.Int64).alias("landmarks"), *_quantiles())
    )
    return (
        images.join(counts, on="name", how="left", maintain_order="left")
        .with_columns(pl.col("landmarks").fill_null(0), pl.lit(by).alias("by"))
        .sort("images", "name", descending=[True, False])
        .select("by", "name", "images", "unlabelled", "landmarks", "clean_share", *QUANTILES)
    )


def _quantiles() -> Iterator[pl.Expr]:
    for column, quantile in QUANTILES.items():
        yield pl.col("count").quantile(quantile, "nearest").cast(pl.Int64).alias(column)


def _or_null(rows: pl.DataFrame, column: str, dtype: pl.DataType) -> pl.Expr:
    return pl.col(column) if column in rows.columns else pl.lit(None, dtype=dtype)
