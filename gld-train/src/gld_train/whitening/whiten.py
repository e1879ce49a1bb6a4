"""Whiten the checkpoint of a store: learn the whitening, and write the new checkpoint."""

from collections.abc import Callable
from pathlib import Path

from gld_shared.progress import Advance, silent
from gld_shared.provenance import History, Input, history_of
from gld_shared.store import EmbeddingStore
from gld_shared.tables import read_list

from gld_train.whitening.checkpoint import model_of, save_whitened
from gld_train.whitening.labels import labels_of
from gld_train.whitening.lda import learn_lda
from gld_train.whitening.pca import learn_pca


def plain_history(*inputs: Input) -> History:
    """Return the history of a checkpoint made from Python: its inputs, and no arguments."""
    return history_of("gld-train", ["whiten"], inputs)


def whiten(
    store: EmbeddingStore,
    output: str | Path,
    *,
    checkpoint: str | None = None,
    labels: str | Path | None = None,
    dim: int | None = None,
    shrinkage: float | None = None,
    history: Callable[..., History] = plain_history,
    advance: Advance = silent,
) -> Path:
    """Write the checkpoint that made ``store``, with whitening in its neck; return its path.

    PCA whitening, or LDA whitening with ``labels``, a labelled list. ``checkpoint`` is the current
    path of the store's checkpoint, if it was moved. Raises DataError as ``learn_pca``,
    ``learn_lda`` and ``model_of`` do.
    """
    model = model_of(store, checkpoint)
    if labels is None:
        steps = history(store, model)
        whitening = learn_pca(store, dim, shrinkage, advance)
    else:
        table = read_list(labels)
        steps = history(store, model, table)
        whitening = learn_lda(store, labels_of(store, table), dim, shrinkage, advance)
    save_whitened(Path(output), model, store, whitening, steps)
    return Path(output)
