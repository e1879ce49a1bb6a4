"""The model of a file of weights that does not say of which network."""

import logging
from pathlib import Path

from gld_shared.checkpoint import is_checkpoint
from gld_shared.errors import DataError, first_few
from gld_shared.networks.models.bare import bare_config, bare_network, image_settings
from gld_shared.networks.models.model import Model
from gld_shared.networks.weights.file_format import weights_format
from gld_shared.networks.weights.load import FEW, load_weights
from gld_shared.sha256 import sha256

log = logging.getLogger(__name__)


def is_plain_weights(name: str) -> bool:
    """Return whether a name is that of a file other than a checkpoint of gld-train."""
    return Path(name).exists() and not is_checkpoint(name)


def load_plain(path: str, backbone: str | None) -> Model:
    """Load the weights of a backbone. Raises DataError if it is not named, or does not fit."""
    weights_format(path)  # Says what the file is if it holds no weights at all.
    if backbone is None:
        raise DataError(
            f"{path}: plain weights, which do not say of which network; "
            "name it by --backbone, such as --backbone resnet50"
        )
    network = bare_network(backbone)
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
    config = {"model": bare_config(backbone).to_dict(), "image": image_settings(backbone)}
    return Model(network.eval(), config, path, sha256(path), [])
