"""Models by the name that ``-c`` takes: a checkpoint's path, packaged:, timm:, random:, pixels:."""

import hashlib
from pathlib import Path

import torch

from gld_shared.errors import DataError
from gld_shared.networks import pixel_baseline
from gld_shared.networks.config import NetworkConfig
from gld_shared.networks.models.bare import (
    bare_config,
    bare_network,
    image_section,
    image_settings,
)
from gld_shared.networks.models.from_checkpoint import load_checkpoint_model
from gld_shared.networks.models.from_plain_weights import is_plain_weights, load_plain
from gld_shared.networks.models.model import Model
from gld_shared.networks.network import EmbeddingNetwork, build
from gld_shared.networks.weights import packaged
from gld_shared.networks.weights.load import load_weights
from gld_shared.sha256 import sha256


def load_model(name: str, backbone: str | None = None) -> Model:
    """Load the model of a checkpoint, of plain weights, or of a name that needs no training.

    The names are ``packaged:NAME``, ``timm:NAME``, ``random:NAME`` (also ``random:recipe:NAME``)
    and ``pixels:SIZE``. ``backbone`` is the network of plain weights, a name that timm knows or
    ``recipe:NAME``; the others have one of their own.

    Networks without a checkpoint have GeM pooling (p = 3) and no neck. Random weights depend on the
    name alone and leave torch's global generator untouched. Raises DataError on an unknown name,
    an unreadable file, tensors that do not fit or lack some of the backbone's, and a backbone that
    is missing or not wanted.
    """
    kind, _, model = name.partition(":")
    if kind not in ("packaged", "timm", "random", pixel_baseline.KIND):
        return _file(name, backbone)
    if backbone is not None:
        raise DataError(f"{name}: names its own backbone; leave --backbone out")
    if kind == "packaged":
        return _packaged(name, model)
    if kind == "timm":
        return _pretrained(name, model)
    if kind == "random":
        return _random(name, model)
    return _pixels(name)


def _file(path: str, backbone: str | None) -> Model:
    if is_plain_weights(path):
        return load_plain(path, backbone)
    if backbone is not None and Path(path).exists():
        raise DataError(f"{path}: a checkpoint, which records its backbone; leave --backbone out")
    return load_checkpoint_model(path)


def _packaged(name: str, model: str) -> Model:
    backbone, path = packaged.package_of(model).backbone, packaged.weights_path(model)
    network = bare_network(backbone)
    load_weights(network.backbone, name)
    image = image_section(packaged.IMAGE_SIZE, packaged.MEAN_AND_STD, packaged.MEAN_AND_STD)
    config = {"model": bare_config(backbone, name).to_dict(), "image": image}
    return Model(network.eval(), config, name, sha256(path), [])


def _pretrained(name: str, model: str) -> Model:
    network = bare_network(model)
    load_weights(network.backbone, name)
    config = {"model": bare_config(model, name).to_dict(), "image": image_settings(model)}
    return Model(network.eval(), config, name, _digest(network), [])


def _random(name: str, model: str) -> Model:
    seed = int.from_bytes(hashlib.sha256(model.encode()).digest()[:4], "little")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = bare_network(model)
    config = {"model": bare_config(model, name).to_dict(), "image": image_settings(model)}
    return Model(network.eval(), config, name, _digest(network), [])


def _pixels(name: str) -> Model:
    config = NetworkConfig(name, pooling="avg", neck="none")
    image = image_section(
        pixel_baseline.parse_size(name), pixel_baseline.MEAN_AND_STD, pixel_baseline.MEAN_AND_STD
    )
    network = build(config).eval()
    return Model(network, {"model": config.to_dict(), "image": image}, name, _digest(network), [])


def _digest(network: EmbeddingNetwork) -> str:
    """Compute SHA-256 over the names, shapes and values of a network's tensors."""
    digest = hashlib.sha256()
    for key, tensor in network.state_dict().items():
        digest.update(f"{key} {tuple(tensor.shape)} {tensor.dtype}\n".encode())
        digest.update(tensor.contiguous().numpy().tobytes())
    return digest.hexdigest()
