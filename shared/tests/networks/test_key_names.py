"""Published weight files, under the names that their authors chose."""

from pathlib import Path

import pytest
import torch
from gld_shared.networks import EmbeddingNetwork, build, load_weights
from gld_shared.networks.backbone import build_backbone
from gld_shared.networks.weights.files import read_state_dicts
from gld_shared.networks.weights.key_names import to_timm


def test_torchvision_file_fills_the_recipes_resnet50(tmp_path: Path) -> None:
    """The file of 2016 has no batch counts, and no pooling before its shortcuts' convolutions."""
    tensors = {
        key: torch.randn(value.shape)
        for key, value in build_backbone("resnet50").state_dict().items()
        if not key.endswith("num_batches_tracked")
    }
    classifier = {"fc.weight": torch.zeros(1000, 2048), "fc.bias": torch.zeros(1000)}
    path = save(tmp_path / "resnet50-19c8e357.pth", tensors | classifier)
    backbone = build_backbone("recipe:resnet50")
    report = load_weights(backbone, path)
    assert (len(report.loaded), report.missing) == (len(tensors), [])
    assert report.unused == ["fc.weight", "fc.bias"]
    filled = backbone.state_dict()
    torch.testing.assert_close(
        filled["layer3.0.downsample.1.weight"], tensors["layer3.0.downsample.0.weight"]
    )
    torch.testing.assert_close(
        filled["layer4.0.downsample.1.bias"], tensors["layer4.0.downsample.1.bias"]
    )


def test_shortcuts_that_hold_the_pooling_already_are_kept() -> None:
    state = build_backbone("recipe:resnet50").state_dict()
    assert list(to_timm(state, state)) == list(state)


def test_ibn_net_file_fills_squeeze_and_excitation(tmp_path: Path) -> None:
    backbone = build_backbone("recipe:se_resnet101_ibn_a")
    theirs = {}
    for key, value in backbone.state_dict().items():
        name = key.replace("se.fc1.", "se.fc.0.").replace("se.fc2.", "se.fc.2.")
        theirs[f"module.{name}"] = value.flatten(1) if ".se." in key else value
    path = save(tmp_path / "se_resnet101_ibn_a.pth", {"state_dict": theirs})
    report = load_weights(backbone, path)
    assert report.loaded == list(backbone.state_dict())
    assert report.missing == report.unused == []


def test_names_of_efficientnet_pytorch() -> None:
    wanted = build_backbone("recipe:efficientnet_b0").state_dict()
    names = {
        "_conv_stem.weight": "conv_stem.weight",
        "_bn0.running_mean": "bn1.running_mean",
        "_blocks.0._depthwise_conv.weight": "blocks.0.0.conv_dw.weight",
        "_blocks.0._project_conv.weight": "blocks.0.0.conv_pw.weight",
        "_blocks.2._expand_conv.weight": "blocks.1.1.conv_pw.weight",
        "_blocks.2._se_reduce.bias": "blocks.1.1.se.conv_reduce.bias",
        "_blocks.15._bn2.weight": "blocks.6.0.bn3.weight",
        "_conv_head.weight": "conv_head.weight",
        "_bn1.bias": "bn2.bias",
        "_blocks.16._bn2.weight": "_blocks.16._bn2.weight",  # there is no such block in a B0
        "_fc.weight": "_fc.weight",
    }
    renamed = to_timm({name: torch.zeros(1) for name in names}, wanted)
    assert list(renamed) == list(names.values())
    assert sum(name in wanted for name in renamed) == 9


@pytest.mark.parametrize("prefix", ["module.base.", "base."])
def test_recipe_checkpoint_fills_the_neck(tmp_path: Path, prefix: str) -> None:
    source, target = small(), small()
    recipes = {f"{prefix}{key}": value for key, value in source.backbone.state_dict().items()}
    outer = prefix.removesuffix("base.")
    recipes[f"{outer}fcneck.weight"] = source.neck.linear.weight
    for key, value in source.neck.bn.state_dict().items():
        recipes[f"{outer}fcneck_bn.{key}"] = value
    recipes[f"{outer}classifier.weight"] = torch.ones(11, 8)
    path = save(tmp_path / "stage_10.pth", recipes)
    report = load_weights(target, path)
    assert report.loaded == list(target.state_dict())
    assert (report.missing, report.unused) == ([], ["classifier.weight"])
    torch.testing.assert_close(target.neck.linear.weight, source.neck.linear.weight)
    (file,) = read_state_dicts(path).values()
    assert file[f"{outer}classifier.weight"].shape == (11, 8)


def small(pooling: str = "gem") -> EmbeddingNetwork:
    return build({"backbone": "resnet18", "pooling": pooling, "dim": 8})


def save(path: Path, tensors: object) -> str:
    torch.save(tensors, path)
    return str(path)
