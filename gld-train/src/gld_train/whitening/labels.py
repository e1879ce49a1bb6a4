"""The labels of a store's vectors, from a list."""

import logging

import numpy as np
import polars as pl
from gld_shared.errors import DataError
from gld_shared.store import EmbeddingStore
from gld_shared.tables import Table, first_rows

from gld_train.whitening.covariance import Rows

log = logging.getLogger(__name__)


def labels_of(store: EmbeddingStore, table: Table) -> Rows:
    """The label of each row of a store (n,), -1 = none.

    Images that the list lacks, or gives no label, are counted in a warning. Raises DataError when
    the list has no labels, or not one of an image of the store.
    """
    if "label" not in table.rows.columns:
        raise DataError(f"{table.path}: no column label; expected a list of labelled images")
    found = pl.DataFrame({"id": store.ids}).join(
        first_rows(table.rows).select("id", "label"), on="id", how="left", maintain_order="left"
    )
    unlabelled = found["label"].null_count()
    if unlabelled == store.n:
        raise DataError(
            f"{table.path}: has a label for none of the {store.n} images of {store.path}; "
            "give the list that the store was made from"
        )
    if unlabelled:
        log.warning(
            "%s: has no label for %d of the %d images of %s, which are passed over",
            table.path, unlabelled, store.n, store.path,
        )  # fmt: skip
    return found["label"].fill_null(-1).to_numpy().astype(np.int64)
