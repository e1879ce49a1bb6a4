"""Labels of a store's images, from the list that the store was made from."""

import numpy as np
import numpy.typing as npt
import polars as pl

from gld_shared.errors import DataError
from gld_shared.store.reader import EmbeddingStore
from gld_shared.tables import Table, first_rows


def join_labels(store: EmbeddingStore, table: Table, *columns: pl.Expr) -> pl.DataFrame:
    """Join each row of a store with its image's row in a labelled list.

    One row per row of the store, in its order: `id`, `label`, the requested columns (computed on
    the whole list), and `listed`. All but `id` are null where the list lacks the image. Raises
    DataError when the list has no labels.
    """
    if "label" not in table.rows.columns:
        raise DataError(f"{table.path}: no column label; expected a list of labelled images")
    wanted = ["id", "label", *columns, pl.lit(True, dtype=pl.Boolean).alias("listed")]
    if store.ids.equals_names(table.rows["id"]):  # the store's own list, each image once
        return table.rows.select(wanted)
    ids = store.ids.take(np.arange(store.n))
    listed = first_rows(table.rows).select(wanted)
    return pl.DataFrame({"id": ids}).join(listed, on="id", how="left", maintain_order="left")


def label_array(labels: pl.Series) -> npt.NDArray[np.int64]:
    """Convert labels to an array (n,), -1 = none."""
    return labels.fill_null(-1).to_numpy().astype(np.int64)
