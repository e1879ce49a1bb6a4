"""Models by the name that ``-c`` takes: a checkpoint's path, packaged:, timm:, random:, pixels:."""

import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict

import timm
import torch

from gld_shared.checkpoint import is_checkpoint, load_checkpoint
from gld_shared.errors import DataError, first_few
from gld_shared.files import sha256
from gld_shared.images.settings import ImageSettings
from gld_shared.json_parser import DAMAGED
from gld_shared.networks import pixel_baseline
from gld_shared.networks.config import NetworkConfig
from gld_shared.networks.network import EmbeddingNetwork, build
from gld_shared.networks.recipe import backbones
from gld_shared.networks.weights import packaged
from gld_shared.networks.weights.file_format import weights_format
from gld_shared.networks.weights.load import FEW, load_weights
from gld_shared.provenance import History
from gld_shared.type_contract import type_fault

log = logging.getLogger(__name__)
_MISFIT = "its tensors do not fit its configuration"


class _Settings(TypedDict):
    """The sections of a configuration that a network is made from."""

    model: dict[str, Any]
    image: dict[str, Any]


@dataclass(frozen=True)
class Model:
    """A network in eval mode and fp32, with its settings and provenance.

    ``config`` holds ``model`` and ``image`` (size, resize, mean, std), and for a checkpoint the
    rest of its training configuration. ``path`` is the given name, ``step`` the number of
    training steps.
    """

    network: EmbeddingNetwork
    config: dict[str, Any]
    path: str
    sha256: str
    history: History
    step: int = 0


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


def is_plain_weights(name: str) -> bool:
    """Return whether a name is that of a file other than a checkpoint of gld-train."""
    return Path(name).exists() and not is_checkpoint(name)


def _file(path: str, backbone: str | None) -> Model:
    if is_plain_weights(path):
        return _plain(path, backbone)
    if backbone is not None and Path(path).exists():
        raise DataError(f"{path}: a checkpoint, which records its backbone; leave --backbone out")
    return _checkpoint(path)


def _plain(path: str, backbone: str | None) -> Model:
    weights_format(path)  # Says what the file is if it holds no weights at all.
    if backbone is None:
        raise DataError(
            f"{path}: plain weights, which do not say of which network; "
            "name it by --backbone, such as --backbone resnet50"
        )
    network = _bare(backbone)
    report = load_weights(network.backbone, path)
    if report.missing:
        raise DataError(
            f"{path}: lacks {len(report.missing)} tensors of {backbone}: "
            f"{first_few(report.missing, few=FEW)}; unused are "
            f"{first_few(report.unused, few=FEW) or 'none'}; "
            "name the backbone that the file is for"
        )
    has_neck = any(key.startswith("neck.") for key in report.unused)
    log.log(logging.WARNING if has_neck else logging.INFO, "%s: %s", path, report)
    config = {"model": _bare_config(backbone).to_dict(), "image": _image_settings(backbone)}
    return Model(network.eval(), config, path, sha256(path), [])


def _checkpoint(path: str) -> Model:
    checkpoint = load_checkpoint(path)
    missing = [key for key in ("model", "image") if key not in checkpoint.config]
    if missing:
        raise DataError(f"{path}: its configuration has no {' and no '.join(missing)}")
    fault = type_fault(checkpoint.config, _Settings)
    if fault is not None:
        raise DataError(f"{path}: config: {fault}; {DAMAGED}")
    try:
        ImageSettings.from_dict(checkpoint.config["image"])
        config = NetworkConfig.from_dict(checkpoint.config["model"])
        _refuse_other_neck(config, checkpoint.tensors)
        network = build(config)
        _fill(network, checkpoint.tensors)
    except DataError as error:
        raise DataError(f"{path}: {error}") from error
    return Model(
        network.eval(),
        checkpoint.config,
        path,
        checkpoint.sha256,
        checkpoint.history,
        checkpoint.step,
    )


def _refuse_other_neck(config: NetworkConfig, tensors: Mapping[str, torch.Tensor]) -> None:
    """Raise DataError unless the neck's tensors have the length that the configuration records.

    Asked before the network is built, because a wrong length may take any amount of memory.
    """
    lengths = {"neck.whiten.weight": ("whiten", config.whiten)}
    if config.neck == "linear_bn":
        lengths["neck.linear.weight"] = ("dim", config.dim)
    for key, (name, length) in lengths.items():
        found = len(tensors[key]) if key in tensors and tensors[key].ndim else 0
        if found != length:
            raise DataError(f"{_MISFIT}: model.{name} is {length}, and {key} has {found} rows")


def _fill(network: EmbeddingNetwork, tensors: Mapping[str, torch.Tensor]) -> None:
    """Fill all of a network. Raises DataError unless the tensors have its names, shapes and types.

    Without the check of the types, torch would convert damaged tensors to other numbers.
    """
    for key, expected in network.state_dict().items():
        if key in tensors and tensors[key].dtype != expected.dtype:
            raise DataError(f"{_MISFIT}: {key} is {tensors[key].dtype}, expected {expected.dtype}")
    try:
        network.load_state_dict(tensors)
    except RuntimeError as error:
        reason = " ".join(str(error).split())[:300]
        raise DataError(f"{_MISFIT}: {reason}") from error


def _packaged(name: str, model: str) -> Model:
    backbone, path = packaged.package_of(model).backbone, packaged.weights_path(model)
    network = _bare(backbone)
    load_weights(network.backbone, name)
    image = _image(packaged.IMAGE_SIZE, packaged.MEAN_AND_STD, packaged.MEAN_AND_STD)
    config = {"model": _bare_config(backbone, name).to_dict(), "image": image}
    return Model(network.eval(), config, name, sha256(path), [])


def _pretrained(name: str, model: str) -> Model:
    network = _bare(model)
    load_weights(network.backbone, name)
    config = {"model": _bare_config(model, name).to_dict(), "image": _image_settings(model)}
    return Model(network.eval(), config, name, _digest(network), [])


def _random(name: str, model: str) -> Model:
    seed = int.from_bytes(hashlib.sha256(model.encode()).digest()[:4], "little")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = _bare(model)
    config = {"model": _bare_config(model, name).to_dict(), "image": _image_settings(model)}
    return Model(network.eval(), config, name, _digest(network), [])


def _pixels(name: str) -> Model:
    config = NetworkConfig(name, pooling="avg", neck="none")
    image = _image(
        pixel_baseline.parse_size(name), pixel_baseline.MEAN_AND_STD, pixel_baseline.MEAN_AND_STD
    )
    network = build(config).eval()
    return Model(network, {"model": config.to_dict(), "image": image}, name, _digest(network), [])


def _bare_config(backbone: str, weights: str | None = None) -> NetworkConfig:
    return NetworkConfig(backbone, pooling="gem", neck="none", weights=weights)


def _bare(backbone: str) -> EmbeddingNetwork:
    return build(_bare_config(backbone))


def _image_settings(model: str) -> dict[str, Any]:
    """Return the recipe's image size, mean and std, or those that timm records for its weights."""
    if model in backbones.NAMES:
        return _image(backbones.IMAGE_SIZE, backbones.MEAN, backbones.STD)
    recorded = timm.get_pretrained_cfg(model)
    if recorded is None:
        raise DataError(f"{model}: timm records no image settings for it; train a checkpoint")
    return _image(int(recorded.input_size[-1]), recorded.mean, recorded.std)


def _image(size: int, mean: Sequence[float], std: Sequence[float]) -> dict[str, Any]:
    return {"size": size, "resize": "squash", "mean": list(mean), "std": list(std)}


def _digest(network: EmbeddingNetwork) -> str:
    """Compute SHA-256 over the names, shapes and values of a network's tensors."""
    digest = hashlib.sha256()
    for key, tensor in network.state_dict().items():
        digest.update(f"{key} {tuple(tensor.shape)} {tensor.dtype}\n".encode())
        digest.update(tensor.contiguous().numpy().tobytes())
    return digest.hexdigest()
