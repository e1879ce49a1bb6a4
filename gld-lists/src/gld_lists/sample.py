"""A smaller list of the same shape: as many small and large landmarks, and as many a continent."""

import hashlib

import polars as pl
from gld_shared.errors import DataError


def sample_list(rows: pl.DataFrame, share: float, seed: int = 0) -> pl.DataFrame:
    """About ``share`` of the landmarks with all their images, in the list's order.

    Landmarks are ordered by continent (where the list has it), number of images and a hash of the
    seed, and taken at equal steps from there: each continent, and each size, keeps its share to
    within one landmark. Of images without a landmark, those are kept whose hash is below ``share``.
    Labels are numbered anew in their order, so that they are 0..n-1. Raises DataError when nothing
    would be left.
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
    """The labels of the landmarks that are taken."""
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
    places = [int((place + start) * ordered.height / count) for place in range(count)]
    return ordered["label"].gather(places)


def _below(rows: pl.DataFrame, share: float, seed: int) -> pl.Series:
    return pl.Series([_fraction(seed, one) < share for one in rows["id"]], dtype=pl.Boolean)


def _fraction(seed: int, name: str) -> float:
    """A number in [0, 1) that the seed and the name decide."""
    digest = hashlib.blake2b(f"{seed}\t{name}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2.0**64
