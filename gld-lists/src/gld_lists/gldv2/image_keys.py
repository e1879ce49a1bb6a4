"""Image ids as keys: Google's 16 hexadecimal digits are an integer, which joins far faster."""

import polars as pl

_HEXADECIMAL = "^[0-9a-f]{16}$"


def image_keys(ids: pl.Series) -> pl.Series:
    """``key``: UInt64 when all ids are 16 lower-case hexadecimal digits, otherwise the ids.

    Two keys of one type are equal exactly when their ids are.
    """
    # In one select, so that both are computed at once.
    all_hexadecimal, keys = ids.to_frame("key").select(
        pl.col("key").str.contains(_HEXADECIMAL).all().alias("hexadecimal"),
        pl.col("key").str.to_integer(base=16, dtype=pl.UInt64, strict=False),
    )
    return keys if all_hexadecimal.all() else ids.alias("key")
