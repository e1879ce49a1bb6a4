"""Weights from files and the names that ``-c`` takes."""

import json
import os
from pathlib import Path

import pytest
import torch
from gld_shared.checkpoint import save_checkpoint
from gld_shared.errors import DataError
from gld_shared.images.preprocess import load, normalise
from gld_shared.images.settings import ImageSettings
from gld_shared.networks import NetworkConfig, build, load_model, load_weights
from safetensors.torch import save_file

IMAGE = ImageSettings(64).to_dict()


def backbone(name: str = "resnet18") -> torch.nn.Module:
    return build(NetworkConfig(name, neck="none")).backbone


@pytest.mark.parametrize("wrapping", ["plain", "state_dict", "module.", "base.", "module.base."])
def test_weights_under_any_wrapper(tmp_path: Path, wrapping: str) -> None:
    source, target = backbone(), backbone()
    tensors = dict(source.state_dict()) | {"fc.weight": torch.zeros(10, 512)}
    if wrapping.endswith("."):
        tensors = {wrapping + key: value for key, value in tensors.items()}
    path = tmp_path / "weights.pth"
    torch.save({"state_dict": tensors, "epoch": 3} if wrapping == "state_dict" else tensors, path)
    report = load_weights(target, str(path))
    assert report.loaded == list(target.state_dict())
    assert (report.partial, report.missing, report.unused) == ([], [], ["fc.weight"])
    for key, value in target.state_dict().items():
        torch.testing.assert_close(value, source.state_dict()[key])


def test_safetensors_with_missing_and_unfit_tensors(tmp_path: Path) -> None:
    tensors = dict(backbone().state_dict())
    del tensors["bn1.weight"]
    tensors["conv1.weight"] = torch.zeros(64, 1, 7, 7)
    path = tmp_path / "weights.safetensors"
    save_file(tensors, path)
    report = load_weights(backbone(), str(path))
    assert report.missing == ["conv1.weight", "bn1.weight"]
    assert report.unused == ["conv1.weight"]


def test_position_embeddings_of_another_size_are_resampled(tmp_path: Path) -> None:
    target = backbone("vit_tiny_patch16_224")
    tensors = dict(target.state_dict()) | {"pos_embed": torch.rand(1, 1 + 4 * 4, 192)}
    path = tmp_path / "weights.pth"
    torch.save(tensors, path)
    report = load_weights(target, str(path))
    assert report.partial == ["pos_embed"]
    assert report.missing == report.unused == []
    torch.testing.assert_close(target.state_dict()["pos_embed"][:, 0], tensors["pos_embed"][:, 0])


class Evil:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, ("ran",)


def test_refused_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({"conv1.weight": Evil()}, "evil.pth")
    Path("text.pth").write_text("weights")
    Path("cut.safetensors").write_bytes(b"\x10\0\0\0\0\0\0\0{")
    torch.save([1, 2], "list.pth")
    torch.save({"other.weight": torch.zeros(3)}, "other.pth")
    expected = {
        "none.pth": "not found; expected weights as",
        "evil.pth": "not a readable file of weights",
        "text.pth": "not a readable file of weights",
        "cut.safetensors": "not a readable file of weights",
        "list.pth": "holds a list, expected a state dictionary",
        "other.pth": "none of its 1 tensors fits the network's",
    }
    for name, reason in expected.items():
        with pytest.raises(DataError, match=f"^{name}: {reason}"):
            load_weights(backbone(), name)
    assert not Path("ran").exists()
    with pytest.raises(DataError, match="these weights are for backbone tf_efficientnet_lite0"):
        load_weights(backbone(), "packaged:efficientnet_lite0")
    with pytest.raises(DataError, match="expected packaged:efficientnet_lite0"):
        load_weights(backbone(), "packaged:resnet50")


def test_hub_without_network_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(DataError, match=r"timm:resnet18: no weights: .*name a local file"):
        load_weights(backbone(), "timm:resnet18")
    with pytest.raises(DataError, match="timm:nothing: timm knows no such model"):
        load_weights(backbone(), "timm:nothing")


def test_random_weights_come_from_the_name_alone() -> None:
    torch.manual_seed(1)
    expected = torch.rand(1)
    torch.manual_seed(1)
    first = load_model("random:resnet18")
    torch.testing.assert_close(torch.rand(1), expected)
    second = load_model("random:resnet18")
    assert first.sha256 == second.sha256 != load_model("random:resnet10t").sha256
    assert not first.network.training
    assert NetworkConfig.from_dict(first.config["model"]).pooling == "gem"
    assert ImageSettings.from_dict(first.config["image"]).size == 224


def test_recipe_backbone_by_name_sees_what_the_recipe_saw() -> None:
    model = load_model("random:recipe:efficientnet_b0")
    assert model.config["model"]["backbone"] == "recipe:efficientnet_b0"
    assert model.config["image"]["size"] == 512
    assert model.config["image"]["std"] == [57 / 255] * 3
    with torch.inference_mode():
        assert model.network(torch.rand(1, 3, 64, 64)).shape == (1, 1280)


def test_pixels_are_the_image_itself() -> None:
    model = load_model("pixels:4")
    image = torch.rand(2, 3, 4, 4)
    torch.testing.assert_close(model.network(image), image.flatten(1))
    assert model.network.dimension == 48
    assert model.config["image"]["size"] == 4
    with pytest.raises(DataError, match="pixels:x: expected pixels:SIZE"):
        load_model("pixels:x")


def test_checkpoint_gives_the_same_network(tmp_path: Path) -> None:
    config = NetworkConfig("resnet18", "gem_learned", dim=8)
    network = build(config).eval()
    path = tmp_path / "trained.safetensors"
    settings = {"model": config.to_dict(), "image": IMAGE, "seed": 0}
    save_checkpoint(path, network.state_dict(), settings, 7, {}, [])
    model = load_model(str(path))
    images = torch.rand(2, 3, 64, 64)
    with torch.inference_mode():
        torch.testing.assert_close(model.network(images), network(images))
    assert model.config == json.loads(json.dumps(settings))
    assert not model.network.training


def test_checkpoint_that_contradicts_itself(tmp_path: Path) -> None:
    path = tmp_path / "wrong.safetensors"
    network = build({"backbone": "resnet18", "dim": 8})
    model = NetworkConfig("resnet18", dim=16).to_dict()
    save_checkpoint(path, network.state_dict(), {"model": model, "image": IMAGE}, 0, {}, [])
    with pytest.raises(DataError, match="its tensors do not fit its configuration"):
        load_model(str(path))
    save_checkpoint(path, network.state_dict(), {"model": model}, 0, {}, [])
    with pytest.raises(DataError, match="its configuration has no image"):
        load_model(str(path))
    with pytest.raises(DataError, match="not found"):
        load_model(str(tmp_path / "none.safetensors"))


def test_packaged_weights_see_photographs() -> None:
    """Two crops of one photograph are nearer than another photograph; no channel is dead."""
    data = os.environ.get("GLD_DATA")
    if data is None:
        pytest.skip("GLD_DATA does not name the folder of photographs")
    paths = sorted(Path(data).glob("monuments/images/**/*.jpg"))[:6]
    model = load_model("packaged:efficientnet_lite0")
    assert model.path == "packaged:efficientnet_lite0"
    assert model.sha256.startswith("57934424")  # the file's own name holds it
    size = model.config["image"]["size"]
    whole = torch.stack([load(path, size + 64) for path in paths])
    crops = torch.cat([whole[..., :size, :size], whole[..., 64:, 64:]])
    image = model.config["image"]
    with torch.inference_mode():
        embeddings = model.network(normalise(crops, image["mean"], image["std"]))
    assert embeddings.shape == (12, model.network.dimension) == (12, 1280)
    unit = torch.nn.functional.normalize(embeddings)
    similarity = unit[:6] @ unit[6:].T
    assert similarity.argmax(1).tolist() == list(range(6))
    assert similarity.diag().min() > 0.75
    assert (similarity.sum() - similarity.diag().sum()) / 30 < 0.65
