"""A list of images with their landmarks, as the truth of recognition."""

import polars as pl
from gld_shared.errors import DataError
from gld_shared.files import display_name
from gld_shared.tables import Table

from gld_eval.protocols.gldv2_recognition import PROTOCOL


def truth_of_list(images: Table) -> Table:
    """Return a list as truth: ``index_id`` is the landmark, or the label where no row has one.

    An image without either has one row with an empty index_id. Raises DataError for a list without
    landmarks and labels.
    """
    for column in ("landmark", "label"):
        if column in images.rows.columns:
            landmark = pl.col(column).cast(pl.String).fill_null("")
            rows = images.rows.select(
                pl.col("id").alias("query_id"),
                landmark.alias("index_id"),
                pl.lit("all").alias("usage"),
            )
            if (rows["index_id"] != "").any():
                header = {**images.header, "protocol": PROTOCOL.name}
                return Table(rows, header, images.path, images.sha256)
    raise DataError(
        f"{display_name(images.path)}: no landmark and no label; expected the list of the queries "
        "with their landmarks, or a table of relevant pairs"
    )
