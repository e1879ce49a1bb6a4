"""A smaller list with the same proportions of continents and of small and large landmarks."""

import polars as pl
from gld_shared.errors import DataError

from gld_lists.seeded_hash import seeded_hash


def sample_list(rows: pl.DataFrame, share: float, seed: int = 0) -> pl.DataFrame:
    """Keep about ``share`` of the landmarks with all their images, in the list's order.

    Systematic sampling: landmarks are sorted by continent (where the list has it), number of images
    and a hash of the seed, then taken at equal steps. Each continent, and each size of landmark,
    keeps its share to within one landmark. An image without a landmark is kept when its hash, a
    number in [0, 1), is below ``share``. Labels are renumbered 0..n-1 in their order. Raises
    DataError when the sample would be empty.
    """
    labelled = "label" in rows.columns and rows["label"].is_not_null().any()
    kept = _chosen(rows, share, seed) if labelled else pl.Series([], dtype=pl.Int64)
    alone = _below(rows, share, seed)
    if labelled:
        in_sample = rows["label"].is_in(kept.implode())
        alone = alone & rows["label"].is_null()
        sampled = rows.filter(in_sample.fill_null(False) | alone)
        numbers = pl.int_range(len(kept), eager=True)
        sampled = sampled.with_columns(
            pl.col("label").replace_strict(kept.sort(), numbers, default=None)
        )
    else:
        sampled = rows.filter(alone)
    if not sampled.height:
        raise DataError(
            f"the sample is empty: {share} of {rows['id'].n_unique()} images; ask for more"
        )
    return sampled


def _chosen(rows: pl.DataFrame, share: float, seed: int) -> pl.Series:
    """Return the labels of the sampled landmarks."""
    continent = pl.col("continent").first() if "continent" in rows.columns else pl.lit("")
    landmarks = (
        rows.drop_nulls("label")
        .group_by("label")
        .agg(continent.fill_null("").alias("continent"), pl.col("id").n_unique().alias("images"))
    )
    tie = [_fraction(seed, f"label {label}") for label in landmarks["label"]]
    ordered = landmarks.with_columns(pl.Series("tie", tie)).sort("continent", "images", "tie")
    count = max(1, round(share * ordered.height))
    start = _fraction(seed, "start")
    rows_taken = [int((step + start) * ordered.height / count) for step in range(count)]
    return ordered["label"].gather(rows_taken)


def _below(rows: pl.DataFrame, share: float, seed: int) -> pl.Series:
    return pl.Series([_fraction(seed, image) < share for image in rows["id"]], dtype=pl.Boolean)


def _fraction(seed: int, name: str) -> float:
    """Return a number in [0, 1) that depends on the seed and the name alone."""
    return int.from_bytes(seeded_hash(seed, name, 8), "big") / 2.0**64
