"""Models by the names that ``-c`` takes."""

import json
import os
from pathlib import Path

import pytest
import torch
from gld_shared.checkpoint import FORMAT, save_checkpoint
from gld_shared.errors import DataError
from gld_shared.images.preprocess import load, normalise
from gld_shared.images.settings import ImageSettings
from gld_shared.networks import NetworkConfig, build, load_model
from gld_shared.sha256 import sha256
from safetensors.torch import save_file

IMAGE = ImageSettings(64).to_dict()


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


def test_recipe_backbone_has_the_image_settings_of_the_recipe() -> None:
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


DAMAGED = "the file is damaged, copy or make it again"
MISFIT = "its tensors do not fit its configuration"


@pytest.mark.parametrize(
    ("key", "text", "fault"),
    [
        ("config", "[" * 10_000, f"config: JSON nested more than 100 deep; {DAMAGED}"),
        ("config", '{"model": 3, "image": IMAGE}',
         f"config: model: expected an object, got 3; {DAMAGED}"),
        ("config", '{"model": {"backbone": ["test_resnet"]}, "image": IMAGE}',
         "model.backbone: expected a string, got a list of 1"),
        ("config", '{"model": {"backbone": "test_resnet", "dim": 8.5}, "image": IMAGE}',
         "model.dim: expected an integer, got 8.5"),
        ("config", '{"model": {"backbone": "test_resnet", "dim": 999999}, "image": IMAGE}',
         f"{MISFIT}: model.dim is 999999, and neck.linear.weight has 8 rows"),
        ("config", '{"model": {"backbone": "test_resnet", "dim": 8, "whiten": 4}, "image": IMAGE}',
         f"{MISFIT}: model.whiten is 4, and neck.whiten.weight has 0 rows"),
        ("config", '{"model": {"backbone": "test_resnet", "dim": 10000000}, "image": IMAGE}',
         "model: dim is 10000000, expected 1 to 1000000"),
        ("config", '{"model": {"backbone": "test_resnet", "dim": 8}, "image": {"size": 8}}',
         "image: no resize, mean, std in the settings"),
        ("config", '{"model": {"backbone": "test_resnet", "dim": 8}, "image": '
         '{"size": 8, "resize": "squash", "mean": [0.5], "std": [1, 1, 1]}}',
         "image.mean: expected a list of 3 numbers, got a list of 1"),
        ("step", "half", f"step: not JSON: Expecting value: line 1 column 1 (char 0); {DAMAGED}"),
        ("metrics", '{"map@100": NaN}',
         f"metrics: holds NaN, expected a finite number; {DAMAGED}"),
        ("history", '{"tool": "gld-train"}',
         f"history: expected a list of objects, got an object; {DAMAGED}"),
    ],
)  # fmt: skip
def test_damaged_metadata_of_a_checkpoint(key: str, text: str, fault: str, tmp_path: Path) -> None:
    tensors = build({"backbone": "test_resnet", "dim": 8}).state_dict()
    config = {"model": {"backbone": "test_resnet", "dim": 8}, "image": IMAGE}
    metadata = {"format": FORMAT, "config": json.dumps(config), "step": "0", "metrics": "{}"}
    metadata |= {"history": "[]", key: text.replace("IMAGE", json.dumps(IMAGE))}
    path = tmp_path / "damaged.safetensors"
    save_file(tensors, path, metadata)
    with pytest.raises(DataError) as caught:
        load_model(str(path))
    assert str(caught.value) == f"{path}: {fault}"


def test_tensors_of_another_type_are_not_converted(tmp_path: Path) -> None:
    tensors = build({"backbone": "test_resnet", "dim": 8}).state_dict()
    metadata = {"format": FORMAT, "step": "0", "metrics": "{}", "history": "[]"}
    metadata["config"] = json.dumps(
        {"model": {"backbone": "test_resnet", "dim": 8}, "image": IMAGE}
    )
    path = tmp_path / "damaged.safetensors"
    save_file(tensors | {"neck.bn.weight": torch.ones(8, dtype=torch.int32)}, path, metadata)
    with pytest.raises(DataError) as caught:
        load_model(str(path))
    assert str(caught.value) == (
        f"{path}: {MISFIT}: neck.bn.weight is torch.int32, expected torch.float32"
    )
    del metadata["history"]
    save_file(tensors, path, metadata)
    with pytest.raises(DataError) as caught:
        load_model(str(path))
    assert str(caught.value) == f"{path}: metadata: history: missing, expected a string; {DAMAGED}"


def test_plain_weights_of_a_backbone(tmp_path: Path) -> None:
    source = build(NetworkConfig("test_resnet", neck="none")).eval()
    path = tmp_path / "w.pth"
    tensors = {f"model.{key}": value for key, value in source.backbone.state_dict().items()}
    torch.save({"state_dict": tensors}, path)
    model = load_model(str(path), "test_resnet")
    assert model.config == {
        "model": NetworkConfig("test_resnet", neck="none").to_dict(),
        # timm's own settings of this backbone.
        "image": {"size": 160, "resize": "squash", "mean": [0.5] * 3, "std": [0.5] * 3},
    }
    assert model.sha256 == sha256(path)
    images = torch.rand(2, 3, 64, 64)
    with torch.inference_mode():
        torch.testing.assert_close(model.network(images), source(images))
    assert not model.network.training


def test_recipe_backbone_of_plain_weights_has_the_recipes_image_settings(tmp_path: Path) -> None:
    source = load_model("random:recipe:resnet50")
    path = tmp_path / "w.pth"
    torch.save(source.network.backbone.state_dict(), path)
    assert load_model(str(path), "recipe:resnet50").config["image"] == source.config["image"]


def test_backbones_that_are_missing_wrong_or_not_wanted(tmp_path: Path) -> None:
    network = build({"backbone": "test_resnet", "dim": 8})
    own, plain = tmp_path / "own.pth", tmp_path / "w.pth"
    model = {"model": NetworkConfig("test_resnet", dim=8).to_dict(), "image": IMAGE}
    save_checkpoint(own, network.state_dict(), model, 0, {}, [])
    torch.save(network.backbone.state_dict(), plain)
    assert load_model(str(own)).network.dimension == 8
    expected = {
        (f"{plain}", None): f"{plain}: plain weights, which do not say of which network; "
        "name it by --backbone, such as --backbone resnet50",
        (f"{plain}", "resnet18"): f"{plain}: lacks 100 tensors of resnet18: conv1.weight, "
        "bn1.weight, bn1.bias and 97 more; unused are conv1.0.weight, conv1.1.weight, conv1.1.bias "
        "and 78 more; name the backbone that the file is for",
        (f"{plain}", "resnet0"): "model: backbone 'resnet0' is not one that timm knows; "
        "did you mean resnet50 or resnet50t or resnet50s?",
        (f"{own}", "resnet18"): f"{own}: a checkpoint, which records its backbone; "
        "leave --backbone out",
        ("pixels:4", "resnet18"): "pixels:4: names its own backbone; leave --backbone out",
    }
    for (name, backbone), message in expected.items():
        with pytest.raises(DataError) as caught:
            load_model(name, backbone)
        assert str(caught.value) == message
    Path(own).write_bytes(Path(own).read_bytes()[:-8])
    with pytest.raises(DataError, match="a safetensors file cut short"):
        load_model(str(own))


def test_packaged_weights_recognise_photographs() -> None:
    """Two crops of one photograph are more alike than crops of different photographs."""
    data = os.environ.get("GLD_DATA")
    if data is None:
        pytest.skip("GLD_DATA does not name the folder of photographs")
    paths = sorted(Path(data).glob("monuments/images/**/*.jpg"))[:6]
    model = load_model("packaged:efficientnet_lite0")
    assert model.path == "packaged:efficientnet_lite0"
    assert model.sha256.startswith("57934424")  # as in the file's name
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
