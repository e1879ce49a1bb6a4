"""Duplicates within a list, and images that two lists share."""

import polars as pl

from gld_lists.images.fingerprints import Fingerprints
from gld_lists.images.hamming import Nearest, nearest, nearest_earlier

SAME, NEAR = "same", "near"


def find_duplicates(images: Fingerprints, within: int) -> pl.DataFrame:
    """Find the images that repeat an earlier one: ``id original_id kind distance``.

    The kind is ``same`` where the bytes are equal, else ``near`` where the perceptual hashes differ
    in at most ``within`` bits. Each image has at most one row, with the nearest earlier image.
    """
    near = nearest_earlier(images.hashes, within)
    pairs = _pairs(_earlier_copies(images.sha256), near)
    return pairs.select(
        images.ids.gather(pairs["row"]).alias("id"),
        images.ids.gather(pairs["other"]).alias("original_id"),
        "kind",
        "distance",
    )


def find_leaks(images: Fingerprints, train: Fingerprints, within: int) -> pl.DataFrame:
    """Find the images that are also in train: ``id train_id kind distance``.

    Kinds are as in ``find_duplicates``. Of several train images the nearest counts, and the first
    of those that are equally near.
    """
    near = nearest(images.hashes, train.hashes, within)
    pairs = _pairs(_copies(images.sha256, train.sha256), near)
    return pairs.select(
        images.ids.gather(pairs["row"]).alias("id"),
        train.ids.gather(pairs["other"]).alias("train_id"),
        "kind",
        "distance",
    )


def first_copies(sha256: pl.Series) -> pl.Series:
    """Return for each image the row of the first image with the same bytes, often its own."""
    rows = pl.int_range(len(sha256), eager=True)
    return pl.DataFrame({"sha256": sha256, "row": rows}).select(
        pl.col("row").first().over("sha256")
    )["row"]


def _earlier_copies(sha256: pl.Series) -> pl.Series:
    """Return for each image the row of an earlier one with the same bytes, or null."""
    first = first_copies(sha256).alias("first").to_frame().with_row_index("row")
    return first.select(pl.when(pl.col("first") < pl.col("row")).then("first"))["first"]


def _copies(sha256: pl.Series, train: pl.Series) -> pl.Series:
    """Return for each image the row of the first train image with the same bytes, or null."""
    images = pl.DataFrame({"sha256": sha256})
    firsts = pl.DataFrame({"sha256": train}).with_row_index("row").unique("sha256", keep="first")
    return images.join(firsts, on="sha256", how="left", maintain_order="left")["row"]


def _pairs(same: pl.Series, near: Nearest) -> pl.DataFrame:
    """Return ``row other kind distance`` for each row with a match, preferring the same bytes."""
    candidates = pl.DataFrame(
        {"same": same.cast(pl.Int64), "near": near.rows, "bits": near.distances}
    ).with_row_index("row")
    is_same = pl.col("same").is_not_null()
    return candidates.filter(is_same | (pl.col("near") >= 0)).select(
        "row",
        pl.coalesce("same", "near").alias("other"),
        pl.when(is_same).then(pl.lit(SAME)).otherwise(pl.lit(NEAR)).alias("kind"),
        pl.when(is_same).then(0).otherwise("bits").alias("distance"),
    )
