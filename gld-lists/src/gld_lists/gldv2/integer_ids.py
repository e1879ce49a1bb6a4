"""Image ids as join keys: 16 hexadecimal digits, as in Google's ids, become fast integers."""

import polars as pl

_HEXADECIMAL = "^[0-9a-f]{16}$"


def image_keys(ids: pl.Series) -> pl.Series:
    """Return ``key``: UInt64 if all ids are 16 lower-case hexadecimal digits, otherwise the ids.

    Two keys of the same type are equal exactly when their ids are.
    """
    # One select computes both in parallel.
    all_hexadecimal, keys = ids.to_frame("key").select(
        pl.col("key").str.contains(_HEXADECIMAL).all().alias("hexadecimal"),
        pl.col("key").str.to_integer(base=16, dtype=pl.UInt64, strict=False),
    )
    return keys if all_hexadecimal.all() else ids.alias("key")
