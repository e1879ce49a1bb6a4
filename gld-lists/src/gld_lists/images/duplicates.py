"""Images that a list holds twice, and images that two lists share."""

import polars as pl

from gld_lists.images.fingerprints import Fingerprints
from gld_lists.images.hamming import Nearest, nearest, nearest_earlier

SAME, NEAR = "same", "near"


def duplicates(images: Fingerprints, within: int) -> pl.DataFrame:
    """A row for each image that repeats an earlier one: ``id original_id kind distance``.

    ``same`` where the bytes are equal; else ``near`` where the looks differ in at most ``within``
    bits, of several the nearest. So there are never more rows than images.
    """
    looks = nearest_earlier(images.looks, within)
    pairs = _pairs(_earlier_copies(images.sha256), looks)
    return pairs.select(
        images.ids.gather(pairs["row"]).alias("id"),
        images.ids.gather(pairs["other"]).alias("original_id"),
        "kind",
        "distance",
    )


def leaks(images: Fingerprints, train: Fingerprints, within: int) -> pl.DataFrame:
    """A row for each image that is in train as well: ``id train_id kind distance``.

    Kinds are those of ``duplicates``; of several train images the nearest, of these the first.
    """
    looks = nearest(images.looks, train.looks, within)
    pairs = _pairs(_copies(images.sha256, train.sha256), looks)
    return pairs.select(
        images.ids.gather(pairs["row"]).alias("id"),
        train.ids.gather(pairs["other"]).alias("train_id"),
        "kind",
        "distance",
    )


def first_copies(sha256: pl.Series) -> pl.Series:
    """For each image the row of the first with the same bytes: its own where there is no other."""
    rows = pl.int_range(len(sha256), eager=True)
    return pl.DataFrame({"sha256": sha256, "row": rows}).select(
        pl.col("row").first().over("sha256")
    )["row"]


def _earlier_copies(sha256: pl.Series) -> pl.Series:
    """The row of an earlier image with the same bytes, null where there is none."""
    first = first_copies(sha256).alias("first").to_frame().with_row_index("row")
    return first.select(pl.when(pl.col("first") < pl.col("row")).then("first"))["first"]


def _copies(sha256: pl.Series, train: pl.Series) -> pl.Series:
    """For each image the row of the first in train with the same bytes, null without one."""
    asked = pl.DataFrame({"sha256": sha256})
    firsts = pl.DataFrame({"sha256": train}).with_row_index("row").unique("sha256", keep="first")
    return asked.join(firsts, on="sha256", how="left", maintain_order="left")["row"]


def _pairs(same: pl.Series, looks: Nearest) -> pl.DataFrame:
    """``row other kind distance`` of each row that has another one, the same before the near."""
    every = pl.DataFrame(
        {"same": same.cast(pl.Int64), "near": looks.rows, "bits": looks.distances}
    ).with_row_index("row")
    is_same = pl.col("same").is_not_null()
    return every.filter(is_same | (pl.col("near") >= 0)).select(
        "row",
        pl.coalesce("same", "near").alias("other"),
        pl.when(is_same).then(pl.lit(SAME)).otherwise(pl.lit(NEAR)).alias("kind"),
        pl.when(is_same).then(0).otherwise("bits").alias("distance"),
    )
