"""Labels of a store's vectors, from a list."""

import logging

from gld_shared.errors import DataError
from gld_shared.store import EmbeddingStore
from gld_shared.store.labels_from_list import join_labels, label_array
from gld_shared.tables import Table

from gld_train.whitening.covariance import Rows

log = logging.getLogger(__name__)


def labels_of(store: EmbeddingStore, table: Table) -> Rows:
    """Return the labels of a store's rows (n,), -1 = none.

    A warning counts the images that are not in the list or have no label there. Raises DataError
    when the list has no labels, or none for any image of the store.
    """
    labels = join_labels(store, table)["label"]
    unlabelled = labels.null_count()
    if unlabelled == store.n:
        raise DataError(
            f"{table.path}: has a label for none of the {store.n} images of {store.path}; "
            "give the list that the store was made from"
        )
    if unlabelled:
        log.warning(
            "%s: has no label for %d of the %d images of %s, which are skipped",
            table.path, unlabelled, store.n, store.path,
        )  # fmt: skip
    return label_array(labels)
