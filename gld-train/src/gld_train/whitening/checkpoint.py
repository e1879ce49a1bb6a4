"""The checkpoint that made a store, and its copy with whitening in the neck."""

from pathlib import Path

import torch
from gld_shared.checkpoint import save_checkpoint
from gld_shared.errors import DataError
from gld_shared.networks import Model, is_plain_weights, load_model
from gld_shared.provenance import History
from gld_shared.store import EmbeddingStore

from gld_train.whitening.whitening import Whitening


def model_of(store: EmbeddingStore, name: str | None = None) -> Model:
    """Load the model that made a store from the recorded path, or from ``name`` if it was moved.

    Raises DataError when the store names no checkpoint, when the model has another sha256, and
    when it is whitened already.
    """
    recorded = store.attributes.get("checkpoint", {})
    if "path" not in recorded or "sha256" not in recorded:
        raise DataError(f"{store.path}: names no checkpoint; make the store with gld-embed")
    try:
        model = _load(name or recorded["path"], store)
    except DataError as error:
        hint = "" if name else f"; -c says where the checkpoint of {store.path} is now"
        raise DataError(f"{error}{hint}") from error
    if model.sha256 != recorded["sha256"]:
        raise DataError(
            f"{model.path}: sha256 is {model.sha256[:12]}, but {store.path} was made with "
            f"{recorded['sha256'][:12]} ({recorded['path']}); name that checkpoint by -c, or make "
            "the store again"
        )
    if model.config["model"].get("whiten"):
        raise DataError(
            f"{model.path}: is whitened already; whiten the checkpoint that it was made from, "
            "with a store made by that"
        )
    return model


def _load(name: str, store: EmbeddingStore) -> Model:
    """Load a model by name; the store says which backbone plain weights are for."""
    backbone = store.attributes.get("model", {}).get("backbone")
    return load_model(name, backbone if is_plain_weights(name) else None)


def save_whitened(
    path: Path,
    model: Model,
    store: EmbeddingStore,
    whitening: Whitening,
    history: History,
) -> None:
    """Write the model's checkpoint with whitening as the last part of its neck.

    The image settings are those of the store. The metrics of the model are left out: they belong
    to the network without whitening.
    """
    tensors = {
        **model.network.state_dict(),
        "neck.whiten.weight": torch.from_numpy(whitening.weight),
        "neck.whiten.bias": torch.from_numpy(whitening.bias),
    }
    image, used = model.config["image"], store.attributes.get("image", {})
    config = {
        **model.config,
        "model": {**model.config["model"], "whiten": len(whitening.bias)},
        "image": {key: used.get(key, value) for key, value in image.items()},
        "whitening": {"method": whitening.method, "shrinkage": whitening.shrinkage},
    }
    save_checkpoint(path, tensors, config, model.step, {}, history)
